#pragma once
#include <string>

namespace remote {

/// The bearer token of requests. One that is in a file is read again for each request, so that a token may be replaced
/// while the host runs. Thread-safe.
class Token {
 public:
  /// At most one of the two is given; with neither there is no token. Throws std::invalid_argument when both are, when
  /// the file cannot be read, and when the token cannot be in a header.
  Token(std::string text, std::string file);

  /// The header, or "" without a token. Throws std::invalid_argument when the file cannot be read any more.
  [[nodiscard]] std::string header() const;

 private:
  [[nodiscard]] std::string read() const;

  const std::string text_;
  const std::string file_;
};

}  // namespace remote
