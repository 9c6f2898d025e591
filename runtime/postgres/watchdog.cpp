#include "runtime/postgres/watchdog.hpp"

#include <fcntl.h>
#include <libpq-fe.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "runtime/logging/log.hpp"

namespace esteira::runtime::postgres {
namespace {

constexpr std::chrono::seconds kDefaultTimeout{15};
constexpr std::chrono::milliseconds kMaxCheckInterval{1000};

}  // namespace

Watchdog::Watchdog(std::chrono::milliseconds timeout) : timeout_(timeout), thread_([this] { run(); }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Watchdog& Watchdog::instance() {
  static auto* const watchdog = new Watchdog(kDefaultTimeout);
  return *watchdog;
}

void Watchdog::abandon() {
  const std::lock_guard lock(mutex_);
  abandoned_ = true;
  for (const auto* const watch : watches_) ::shutdown(watch->socket_, SHUT_RDWR);
}

bool Watchdog::is_abandoned() const {
  const std::lock_guard lock(mutex_);
  return abandoned_;
}

Watchdog::Watch::Watch(Watchdog& watchdog, int socket, const std::string& server)
    : watchdog_(watchdog),
      socket_(::fcntl(socket, F_DUPFD_CLOEXEC, 0)),
      server_(server),
      due_(std::chrono::steady_clock::now() + watchdog.timeout_) {
  const std::lock_guard lock(watchdog_.mutex_);
  watchdog_.watches_.push_back(this);
  if (watchdog_.abandoned_) ::shutdown(socket_, SHUT_RDWR);
}

Watchdog::Watch::~Watch() {
  {
    const std::lock_guard lock(watchdog_.mutex_);
    watchdog_.watches_.remove(this);
  }
  ::close(socket_);
}

void Watchdog::run() {
  const auto interval = std::min(kMaxCheckInterval, timeout_ / 4);
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, interval, [this] { return stopping_; })) {
    auto* const watch = next_due();
    if (watch != nullptr) ping_server(lock, watch);
  }
}

Watchdog::Watch* Watchdog::next_due() {
  const auto now = std::chrono::steady_clock::now();
  const auto found =
      std::find_if(watches_.begin(), watches_.end(), [now](const Watch* one) { return one->due_ <= now; });
  return found == watches_.end() ? nullptr : *found;
}

/// Unlocks during the ping. A watch may end meanwhile and another start: the new one is not due, and nothing happens to
/// it. One ping covers all due watches of the same server.
void Watchdog::ping_server(std::unique_lock<std::mutex>& lock, const Watch* watch) {
  const auto server = watch->server_;
  lock.unlock();
  const bool hangs = PQping(server.c_str()) == PQPING_NO_RESPONSE;
  lock.lock();
  const auto now = std::chrono::steady_clock::now();
  for (auto* const one : watches_) {
    if (one->due_ > now || one->server_ != server) continue;
    one->due_ = now + timeout_;
    if (!hangs) continue;
    log::warn("PostgreSQL does not answer a ping: a connection that waits for it is closed");
    ::shutdown(one->socket_, SHUT_RDWR);
  }
}

}  // namespace esteira::runtime::postgres
