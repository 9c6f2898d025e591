#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "bench/load/response_reader.hpp"

namespace esteira::bench {

/// What the sender of a request wants back with its answer.
struct Ticket {
  std::uint64_t tag = 0;                        ///< the sender's name for it
  std::chrono::steady_clock::time_point since;  ///< when its time began
};

/// One keep-alive connection to 127.0.0.1 with at most one request on it. It never waits: it is told when its
/// socket may have become ready (edge-triggered epoll).
class Connection {
 public:
  Connection(int epoll, std::uint16_t port) : epoll_(epoll), port_(port) {}
  ~Connection() { close(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Connects first when it has to.
  void send(std::string request, const Ticket& ticket);
  /// Goes on writing and reading. Gives the answer when it is whole, or one with status 0 when it will not come.
  std::optional<Response> progress();
  [[nodiscard]] const Ticket& ticket() const { return ticket_; }

 private:
  void open();
  void close();
  bool write_some();
  std::optional<Response> read_some();

  const int epoll_;
  const std::uint16_t port_;
  int socket_ = -1;
  bool busy_ = false;
  Ticket ticket_;
  std::string unsent_;
  ResponseReader reader_;
};

}  // namespace esteira::bench
