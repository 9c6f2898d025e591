#pragma once
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace http_client {

/// One response, whole.
struct Response {
  long status = 0;
  std::map<std::string, std::string, std::less<>> headers;  ///< names in lower case; repeated ones joined by ", "
  std::string body;
  bool on_new_connection = false;  ///< a connection was made for it

  /// The value of a header, by its name in lower case; "" when there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

/// Reads the lines of a response's head as they arrive. Heads of interim responses (100 to 199) are forgotten, and
/// trailers, which come after a body, are left out.
class HeadReader {
 public:
  static constexpr std::size_t kMaxBytes = 32'768;

  explicit HeadReader(Response& response) : response_(response) {}

  /// False when the heads and trailers together are too large.
  bool take(std::string_view line);
  /// Whether the head has come to its end.
  [[nodiscard]] bool is_complete() const { return is_complete_; }

 private:
  void take_field(std::string_view line);

  Response& response_;
  std::size_t size_ = 0;
  bool is_complete_ = false;
};

}  // namespace http_client
