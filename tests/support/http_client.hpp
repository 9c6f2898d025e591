#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/socket.hpp"

namespace esteira::test {

struct HttpAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
};

/// Sends one request to 127.0.0.1 on a new connection. Throws when the response is not complete within `timeout`. Adds
/// Content-Length when there is a body.
HttpAnswer http_request(std::uint16_t port, const std::string& method, const std::string& path,
                        const std::string& body = "", const std::map<std::string, std::string>& headers = {},
                        std::chrono::milliseconds timeout = std::chrono::seconds(30));

/// A connection for sending arbitrary bytes.
class RawHttp {
 public:
  explicit RawHttp(std::uint16_t port) : socket_(Socket::connect(port)) {}

  void send(std::string_view bytes);  ///< a closed peer is not an error
  /// The next complete response. Nothing after `timeout`, or when the peer closes first.
  std::optional<HttpAnswer> receive(std::chrono::milliseconds timeout = std::chrono::seconds(20),
                                    bool without_body = false);
  /// Whether the server closes within `timeout`. Responses that arrive before are kept for `receive`.
  bool closed(std::chrono::milliseconds timeout = std::chrono::seconds(20));
  void abandon() { socket_.reset(); }  ///< resets the connection

 private:
  enum class Got { data, end, nothing };
  Got read_some(std::chrono::steady_clock::time_point deadline);
  std::optional<HttpAnswer> take_answer(bool without_body);

  Socket socket_;
  std::string received_;
};

}  // namespace esteira::test
