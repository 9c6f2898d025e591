#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "runtime/http/chunked_body.hpp"
#include "runtime/http/message.hpp"
#include "runtime/http/parse_error.hpp"

namespace esteira::runtime::http {

/// Parses the requests in the byte stream of one connection. Uses neither sockets nor a clock. The result does not
/// depend on how the stream is split into pieces.
class RequestParser {
 public:
  struct Limits {
    std::size_t max_header;  ///< bytes of the request line, all headers and all trailers
    std::size_t max_body;
  };
  struct Parsed {
    Request request;  ///< without its request_id
    bool keep_alive = true;
  };
  using ParseError = http::ParseError;
  using Result = std::variant<std::monostate, Parsed, ParseError>;

  explicit RequestParser(Limits limits) : limits_(limits) {}

  void feed(std::string_view bytes);

  /// The next request, when all of its bytes have arrived. After a ParseError always that error.
  Result next();

  /// True once for each request whose client waits for "100 Continue" before it sends the body.
  bool take_continue();

  /// Whether a part of a request has arrived.
  [[nodiscard]] bool partial() const { return !request_.method.empty() || buffered() > 0; }
  /// The number of bytes fed that are not part of a returned request.
  [[nodiscard]] std::size_t buffered() const { return buffer_.size() - position_; }
  /// The part of the next request that is parsed already.
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
  [[nodiscard]] Check check_single_headers() const;
  Check read_expectation();
  Check read_transfer_encoding();
  Check read_length();
  Check read_chunks();
  void read_connection();
  [[nodiscard]] std::size_t count(std::string_view name) const;
  Parsed take();

  Limits limits_;
  std::string buffer_;
  std::size_t position_ = 0;  // of the first byte not parsed yet
  std::size_t scanned_ = 0;   // bytes after it that are known to have no line end
  std::size_t head_bytes_ = 0;
  Request request_;
  bool version_1_1_ = true;
  bool keep_alive_ = true;
  bool head_done_ = false;
  bool awaits_continue_ = false;
  std::size_t length_ = 0;              // of the body, when it is not chunked
  std::optional<ChunkedBody> chunked_;  // the body, when it is chunked
  Check parse_error_;
};

}  // namespace esteira::runtime::http
