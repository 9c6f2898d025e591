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

/// The open connections of a server by file descriptor. Thread-safe. A connection is taken off before its descriptor is
/// closed, so a number never finds the connection that had it before.
class Connections {
 public:
  /// False, and not taken, when there are `limit` already or none are taken any more.
  bool add(int fd, std::shared_ptr<Connection> connection, std::size_t limit);
  [[nodiscard]] std::shared_ptr<Connection> find(int fd) const;
  void remove(int fd);
  [[nodiscard]] std::vector<std::shared_ptr<Connection>> all() const;
  /// No more are taken.
  void stop_accepting();

 private:
  mutable std::mutex mutex_;
  bool closed_ = false;
  std::unordered_map<int, std::shared_ptr<Connection>> by_fd_;
};

/// What the connections of one server share. It outlives the server while an answer is still to come.
struct ServerCore {
  ServerOptions options;
  Handler handler;
  Connections connections;
  std::atomic<std::size_t> in_flight{0};
  std::atomic<bool> drain_begun{false};
  std::atomic<bool> draining{false};
};

}  // namespace esteira::runtime::http
