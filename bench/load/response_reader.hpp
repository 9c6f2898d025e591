#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace esteira::bench {

struct Response {
  int status = 0;  ///< 0: no answer came
  bool keep_alive = true;
  bool retry_after = false;  ///< whether there is a Retry-After
  std::string body;
};

/// Finds the answers in the bytes of one connection, however they are cut. For servers that send Content-Length.
class ResponseReader {
 public:
  void feed(std::string_view bytes) { buffer_ += bytes; }

  /// The next whole answer, if its last byte is here. Throws std::runtime_error when the bytes are no answer.
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
