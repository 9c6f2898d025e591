#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "bench/load/response_reader.hpp"

namespace esteira::bench {

/// What the client needs to know of a request when its response arrives.
struct RequestInfo {
  std::uint64_t tag = 0;                        ///< chosen by the sender
  std::chrono::steady_clock::time_point start;  ///< latency is measured from here
};

/// One keep-alive connection to 127.0.0.1 with at most one request in flight. It never blocks: call `progress` when
/// edge-triggered epoll reports its socket.
class Connection {
 public:
  Connection(int epoll, std::uint16_t port) : epoll_(epoll), port_(port) {}
  ~Connection() { close(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Connects first if there is no connection.
  void send(std::string request, const RequestInfo& request_info);
  /// Continues to write and read. Returns the response when it is complete, or one with status 0 when the connection
  /// failed.
  std::optional<Response> progress();
  [[nodiscard]] const RequestInfo& request_info() const { return request_info_; }

 private:
  void open();
  void close();
  bool write_some();
  std::optional<Response> read_some();

  const int epoll_;
  const std::uint16_t port_;
  int socket_ = -1;
  bool busy_ = false;
  RequestInfo request_info_;
  std::string unsent_;
  ResponseReader reader_;
};

}  // namespace esteira::bench
