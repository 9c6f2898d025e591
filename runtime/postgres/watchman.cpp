#include "runtime/postgres/watchman.hpp"

#include <fcntl.h>
#include <libpq-fe.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "runtime/logging/log.hpp"

namespace esteira::runtime::postgres {
namespace {

constexpr std::chrono::seconds kUsualPatience{15};
constexpr std::chrono::milliseconds kLongestRound{1000};

}  // namespace

Watchman::Watchman(std::chrono::milliseconds patience) : patience_(patience), thread_([this] { run(); }) {}

Watchman::~Watchman() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Watchman& Watchman::instance() {
  static Watchman watchman(kUsualPatience);
  return watchman;
}

Watchman::Watch::Watch(Watchman& watchman, int socket, const std::string& server)
    : watchman_(watchman),
      socket_(::fcntl(socket, F_DUPFD_CLOEXEC, 0)),
      server_(server),
      due_(std::chrono::steady_clock::now() + watchman.patience_) {
  const std::lock_guard lock(watchman_.mutex_);
  watchman_.watches_.push_back(this);
}

Watchman::Watch::~Watch() {
  {
    const std::lock_guard lock(watchman_.mutex_);
    watchman_.watches_.remove(this);
  }
  ::close(socket_);
}

void Watchman::run() {
  const auto round = std::min(kLongestRound, patience_ / 4);
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, round, [this] { return stopping_; })) {
    auto* const watch = next_due();
    if (watch != nullptr) examine(lock, watch);
  }
}

Watchman::Watch* Watchman::next_due() {
  const auto now = std::chrono::steady_clock::now();
  const auto found =
      std::find_if(watches_.begin(), watches_.end(), [now](const Watch* one) { return one->due_ <= now; });
  return found == watches_.end() ? nullptr : *found;
}

/// The watch may end while the server is asked, and another begin in its place: then nothing is done, as its time is
/// not up. One question is answer enough for all who wait for the same server.
void Watchman::examine(std::unique_lock<std::mutex>& lock, const Watch* watch) {
  const auto server = watch->server_;
  lock.unlock();
  const bool is_silent = PQping(server.c_str()) == PQPING_NO_RESPONSE;
  lock.lock();
  const auto now = std::chrono::steady_clock::now();
  for (auto* const one : watches_) {
    if (one->due_ > now || one->server_ != server) continue;
    one->due_ = now + patience_;
    if (!is_silent) continue;
    log::warn("PostgreSQL stands still: a wait for its answer is ended");
    ::shutdown(one->socket_, SHUT_RDWR);
  }
}

}  // namespace esteira::runtime::postgres
