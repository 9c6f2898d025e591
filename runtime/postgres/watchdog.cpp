#include "runtime/postgres/watchdog.hpp"

#include <fcntl.h>
#include <libpq-fe.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "runtime/logging/log.hpp"

namespace esteira::runtime::postgres {
namespace {

constexpr std::chrono::seconds kUsualPatience{15};
constexpr std::chrono::milliseconds kMaxRound{1000};

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
  static Watchdog watchdog(kUsualPatience);
  return watchdog;
}

Watchdog::Watch::Watch(Watchdog& watchdog, int socket, const std::string& server)
    : watchdog_(watchdog),
      socket_(::fcntl(socket, F_DUPFD_CLOEXEC, 0)),
      server_(server),
      due_(std::chrono::steady_clock::now() + watchdog.timeout_) {
  const std::lock_guard lock(watchdog_.mutex_);
  watchdog_.watches_.push_back(this);
}

Watchdog::Watch::~Watch() {
  {
    const std::lock_guard lock(watchdog_.mutex_);
    watchdog_.watches_.remove(this);
  }
  ::close(socket_);
}

void Watchdog::run() {
  const auto round = std::min(kMaxRound, timeout_ / 4);
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, round, [this] { return stopping_; })) {
    auto* const watch = next_due();
    if (watch != nullptr) examine(lock, watch);
  }
}

Watchdog::Watch* Watchdog::next_due() {
  const auto now = std::chrono::steady_clock::now();
  const auto found =
      std::find_if(watches_.begin(), watches_.end(), [now](const Watch* one) { return one->due_ <= now; });
  return found == watches_.end() ? nullptr : *found;
}

/// The watch may end while the server is asked, and another begin in its place: then nothing is done, as its time is
/// not up. One question is answer enough for all who wait for the same server.
void Watchdog::examine(std::unique_lock<std::mutex>& lock, const Watch* watch) {
  const auto server = watch->server_;
  lock.unlock();
  const bool is_silent = PQping(server.c_str()) == PQPING_NO_RESPONSE;
  lock.lock();
  const auto now = std::chrono::steady_clock::now();
  for (auto* const one : watches_) {
    if (one->due_ > now || one->server_ != server) continue;
    one->due_ = now + timeout_;
    if (!is_silent) continue;
    log::warn("PostgreSQL stands still: a wait for its answer is ended");
    ::shutdown(one->socket_, SHUT_RDWR);
  }
}

}  // namespace esteira::runtime::postgres
