#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "runtime/http/message.hpp"

namespace esteira::runtime::http {

/// Finds the requests in the bytes of one connection. Pure: no sockets, no clock. How the bytes are cut into pieces
/// makes no difference to what comes out.
class RequestParser {
 public:
  struct Limits {
    std::size_t max_header;  ///< bytes of the request line and all headers
    std::size_t max_body;
  };
  struct Parsed {
    Request request;  ///< without its request_id
    bool keep_alive = true;
  };
  /// The bytes are not a request we take. Where the next request would begin is unknown: the connection must close.
  struct ParseError {
    int status;
    std::string_view detail;
  };
  using Result = std::variant<std::monostate, Parsed, ParseError>;

  explicit RequestParser(Limits limits) : limits_(limits) {}

  void feed(std::string_view bytes);

  /// The next whole request, if its last byte is here. After a refusal always that refusal.
  Result next();

  /// True once when the client waits for "100 Continue" before it sends the body.
  bool take_continue();

  /// Whether a request has begun and is not whole.
  [[nodiscard]] bool partial() const { return !request_.method.empty() || buffered() > 0; }
  /// Bytes that were fed and belong to no request given out.
  [[nodiscard]] std::size_t buffered() const { return buffer_.size() - position_; }
  /// What is known of the request that is not whole.
  [[nodiscard]] const Request& unfinished() const { return request_; }

 private:
  using Check = std::optional<ParseError>;
  Check read_head();
  [[nodiscard]] Check check_size(std::size_t line, bool ended) const;
  Check read_line(std::string_view line);
  Check read_request_line(std::string_view line);
  Check read_version(std::string_view version);
  Check read_target(std::string_view target);
  Check read_field(std::string_view line);
  Check finish_head();
  Check read_length();
  void read_connection();
  [[nodiscard]] std::size_t count(std::string_view name) const;
  Parsed take();

  Limits limits_;
  std::string buffer_;
  std::size_t position_ = 0;  // of the first byte not used yet
  std::size_t scanned_ = 0;   // bytes after it that are known to hold no line end
  std::size_t head_bytes_ = 0;
  Request request_;
  bool version_1_1_ = true;
  bool keep_alive_ = true;
  bool head_done_ = false;
  bool awaits_continue_ = false;
  std::size_t length_ = 0;  // of the body
  Check parse_error_;
};

}  // namespace esteira::runtime::http
