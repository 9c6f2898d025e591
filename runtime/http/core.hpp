#pragma once
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "runtime/http/server.hpp"
#include "runtime/logging/log_limiter.hpp"

namespace esteira::runtime::http {

class Connection;

/// The open connections of a server by file descriptor. A connection is removed before its descriptor is closed, so
/// that a reused descriptor never finds the earlier connection. Thread-safe.
class Connections {
 public:
  using Clock = std::chrono::steady_clock;

  /// Adds a connection. False when there are `limit` connections already, or after `stop_accepting`.
  bool add(int fd, std::shared_ptr<Connection> connection, std::size_t limit);
  [[nodiscard]] std::shared_ptr<Connection> find(int fd) const;
  void remove(int fd);
  /// Closes the connections that have waited longest for a request, and of these only as many as it takes to make room
  /// for a while. Returns how many it closed.
  [[nodiscard]] std::size_t close_idle_longest() const;
  [[nodiscard]] std::vector<std::shared_ptr<Connection>> all() const;
  /// From now on `add` returns false.
  void stop_accepting();

 private:
  mutable std::mutex mutex_;
  bool closed_ = false;
  std::unordered_map<int, std::shared_ptr<Connection>> by_fd_;
};

/// The response to a client beyond the limit: 503 with Retry-After.
Response too_many_clients();

/// The state that the connections of one server share. Outlives the server while a response is outstanding.
struct ServerCore {
  ServerOptions options;
  Handler handler;
  Connections connections;
  std::atomic<std::size_t> in_flight{0};
  std::atomic<bool> drain_begun{false};  ///< each response closes its connection
  LogLimiter limit_warnings{std::chrono::minutes(1), 1};
  std::atomic<bool> draining{false};  ///< new connections and new input are no longer awaited
};

}  // namespace esteira::runtime::http
