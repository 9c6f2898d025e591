#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/socket.hpp"

namespace esteira::test {

/// One request that an HttpService has received.
struct ServiceRequest {
  std::string target;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
  std::size_t connection = 0;  ///< 0 for the first connection, and so on
};

/// What an HttpService does with a request. The bytes are sent as they are.
struct ServiceReply {
  std::string bytes = {};
  bool close = false;  ///< closes the connection after the bytes
  bool reset = false;  ///< resets the connection after the bytes
  bool hang = false;   ///< sends nothing, until the service ends
};

/// A response of HTTP/1.1. `headers` are lines, each with its "\r\n".
std::string http_response(int status, const std::string& body = "", const std::string& headers = "");

/// An HTTP server for tests, on 127.0.0.1 or on a Unix socket, with a thread for each connection. Connections are kept
/// alive. The handler runs on those threads.
class HttpService {
 public:
  using Handler = std::function<ServiceReply(const ServiceRequest&)>;

  explicit HttpService(Handler handler, const std::string& unix_socket = "");
  ~HttpService();
  HttpService(const HttpService&) = delete;
  HttpService& operator=(const HttpService&) = delete;

  [[nodiscard]] std::uint16_t port() const { return listener_.port(); }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port()) + "/orders"; }
  [[nodiscard]] std::vector<ServiceRequest> requests() const;  ///< in order of arrival
  [[nodiscard]] std::size_t connections() const;               ///< all that were made
  void close_connections() const;                              ///< closes those that are open
  void send_to_all(const std::string& bytes) const;            ///< unasked, on each connection

 private:
  void accept_connections();
  void serve(std::size_t index, int connection);
  bool read_request(int connection, std::string& received, ServiceRequest& request) const;
  bool send_reply(int connection, const ServiceReply& reply) const;

  const Handler handler_;
  const std::string unix_socket_;
  Socket listener_;
  std::atomic<bool> stopped_ = false;
  mutable std::mutex mutex_;
  std::vector<ServiceRequest> requests_;
  std::vector<Socket> connections_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace esteira::test
