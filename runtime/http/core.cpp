#include "runtime/http/core.hpp"

#include <algorithm>
#include <utility>

#include "runtime/http/connection.hpp"

namespace esteira::runtime::http {
namespace {

constexpr std::size_t kCloseOneIn = 64;

}  // namespace

Response too_many_clients() {
  auto response = problem(503, "Too many clients are connected. Connect again later, see Retry-After.");
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

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

std::size_t Connections::close_idle_longest() const {
  const auto connections = all();
  std::vector<std::pair<Clock::time_point, Connection*>> idle;
  for (const auto& connection : connections) {
    if (const auto since = connection->waiting_since()) idle.emplace_back(*since, connection.get());
  }
  // Looking at all connections for each new one would cost too much while thousands arrive.
  const auto wanted = std::min(idle.size(), connections.size() / kCloseOneIn + 1);
  std::ranges::partial_sort(idle, idle.begin() + static_cast<std::ptrdiff_t>(wanted));
  std::size_t closed = 0;
  for (std::size_t i = 0; i < wanted; ++i) closed += idle[i].second->close_if_waiting() ? 1 : 0;
  return closed;
}

void Connections::stop_accepting() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

}  // namespace esteira::runtime::http
