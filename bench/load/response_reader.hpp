#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace esteira::bench {

struct Response {
  int status = 0;  ///< 0: no response
  bool keep_alive = true;
  bool retry_after = false;  ///< whether it has Retry-After
  std::string body;
};

/// Parses the responses of one connection, however their bytes are split. Needs Content-Length.
class ResponseReader {
 public:
  void feed(std::string_view bytes) { buffer_ += bytes; }

  /// The next complete response, or nothing. Throws std::runtime_error when the bytes are not a response.
  std::optional<Response> next();

 private:
  void read_head(std::string_view head);
  void read_field(std::string_view name, std::string_view value);

  std::string buffer_;
  std::size_t head_ = 0;  // bytes of the head, when it is read
  std::size_t length_ = 0;
  Response response_;
};

}  // namespace esteira::bench
