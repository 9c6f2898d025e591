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

/// One request on a connection of its own to 127.0.0.1. Throws when no whole answer comes within `timeout`.
/// Content-Length is added when there is a body.
HttpAnswer http_request(std::uint16_t port, const std::string& method, const std::string& path,
                        const std::string& body = "", const std::map<std::string, std::string>& headers = {},
                        std::chrono::milliseconds timeout = std::chrono::seconds(30));

/// A connection on which a test sends whatever bytes it wants.
class RawHttp {
 public:
  explicit RawHttp(std::uint16_t port) : socket_(Socket::connect(port)) {}

  void send(std::string_view bytes);  ///< a peer that went away is no error here
  /// The next whole answer; nothing when it does not come in time or the peer closes before.
  std::optional<HttpAnswer> receive(std::chrono::milliseconds timeout = std::chrono::seconds(20),
                                    bool without_body = false);
  /// True when the server closes within `timeout`; answers that come before are kept for receive.
  bool closed(std::chrono::milliseconds timeout = std::chrono::seconds(20));
  void abandon() { socket_.reset(); }  ///< leaves without a word

 private:
  enum class Got { data, end, nothing };
  Got read_some(std::chrono::steady_clock::time_point deadline);
  std::optional<HttpAnswer> take_answer(bool without_body);

  Socket socket_;
  std::string received_;
};

}  // namespace esteira::test
