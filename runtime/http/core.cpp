#include "runtime/http/core.hpp"

#include "runtime/http/connection.hpp"

namespace esteira::runtime::http {

bool Connections::add(int fd, std::shared_ptr<Connection> connection, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  if (closed_ || by_fd_.size() >= limit) return false;
  by_fd_[fd] = std::move(connection);
  return true;
}

std::shared_ptr<Connection> Connections::find(int fd) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_fd_.find(fd);
  return found == by_fd_.end() ? nullptr : found->second;
}

void Connections::remove(int fd) {
  std::shared_ptr<Connection> removed;
  const std::lock_guard lock(mutex_);
  const auto found = by_fd_.find(fd);
  if (found == by_fd_.end()) return;
  removed = std::move(found->second);
  by_fd_.erase(found);
}

std::vector<std::shared_ptr<Connection>> Connections::all() const {
  std::vector<std::shared_ptr<Connection>> connections;
  const std::lock_guard lock(mutex_);
  connections.reserve(by_fd_.size());
  for (const auto& [fd, connection] : by_fd_) connections.push_back(connection);
  return connections;
}

void Connections::stop_accepting() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

}  // namespace esteira::runtime::http
