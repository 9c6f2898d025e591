#pragma once
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "runtime/http/server.hpp"

namespace esteira::runtime::http {

class Connection;

/// The open connections of a server by file descriptor. A connection is removed before its descriptor is closed, so
/// that a reused descriptor never finds the earlier connection. Thread-safe.
class Connections {
 public:
  /// Adds a connection. False when there are `limit` connections already, or after `stop_accepting`.
  bool add(int fd, std::shared_ptr<Connection> connection, std::size_t limit);
  [[nodiscard]] std::shared_ptr<Connection> find(int fd) const;
  void remove(int fd);
  [[nodiscard]] std::vector<std::shared_ptr<Connection>> all() const;
  /// From now on `add` returns false.
  void stop_accepting();

 private:
  mutable std::mutex mutex_;
  bool closed_ = false;
  std::unordered_map<int, std::shared_ptr<Connection>> by_fd_;
};

/// The state that the connections of one server share. Outlives the server while a response is outstanding.
struct ServerCore {
  ServerOptions options;
  Handler handler;
  Connections connections;
  std::atomic<std::size_t> in_flight{0};
  std::atomic<bool> drain_begun{false};  ///< each response closes its connection
  std::atomic<bool> draining{false};     ///< new connections and new input are no longer awaited
};

}  // namespace esteira::runtime::http
