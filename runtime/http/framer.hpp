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
class RequestFramer {
 public:
  struct Limits {
    std::size_t max_header;  ///< bytes of the request line and all headers
    std::size_t max_body;
  };
  struct Framed {
    Request request;  ///< without its request_id
    bool keep_alive = true;
  };
  /// The bytes are not a request we take. Where the next request would begin is unknown: the connection must close.
  struct Refusal {
    int status;
    std::string_view detail;
  };
  using Result = std::variant<std::monostate, Framed, Refusal>;

  explicit RequestFramer(Limits limits) : limits_(limits) {}

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
  using Verdict = std::optional<Refusal>;
  Verdict read_head();
  [[nodiscard]] Verdict check_size(std::size_t line, bool ended) const;
  Verdict read_line(std::string_view line);
  Verdict read_request_line(std::string_view line);
  Verdict read_version(std::string_view version);
  Verdict read_target(std::string_view target);
  Verdict read_field(std::string_view line);
  Verdict finish_head();
  Verdict read_length();
  void read_connection();
  [[nodiscard]] std::size_t count(std::string_view name) const;
  Framed take();

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
  Verdict refusal_;
};

}  // namespace esteira::runtime::http
