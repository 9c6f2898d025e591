#include "runtime/amqp/publisher.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <utility>

#include "runtime/amqp/publish_loop.hpp"

namespace esteira::runtime::amqp {
namespace {

using std::chrono::milliseconds;

// How soon a stop notices that all publications that are still pending are unroutable.
constexpr milliseconds kStopCheckInterval{20};
// For closing channel and connection, after the timeout for pending publications.
constexpr milliseconds kPublisherCloseTimeout{1000};

}  // namespace

class Publisher::Impl {
 public:
  Impl(Options options, OnConfirmed on_confirmed, Metrics& metrics, OnUnroutable on_unroutable)
      : on_confirmed_(std::move(on_confirmed)),
        on_unroutable_(std::move(on_unroutable)),
        loop_(
            std::move(options), [this] { return take_incoming(); },
            [this](const std::vector<std::uint64_t>& tokens) { confirmed(tokens); }, metrics,
            on_unroutable_ ? OnUnroutable([this](const auto& tokens) { given_up(tokens); }) : OnUnroutable()) {}

  RecoveringConnection& broker_connection() { return loop_.broker_connection(); }
  void start();
  void publish(std::vector<Publication> publications);
  void stop(milliseconds timeout);
  [[nodiscard]] std::size_t pending() const;
  [[nodiscard]] std::vector<Route> unroutable() const { return loop_.unroutable(); }

 private:
  std::vector<Publication> take_incoming();
  void confirmed(const std::vector<std::uint64_t>& tokens);
  void given_up(const std::vector<std::uint64_t>& tokens);
  void remove_pending(std::size_t count);

  const OnConfirmed on_confirmed_;
  const OnUnroutable on_unroutable_;
  mutable std::mutex mutex_;
  std::condition_variable idle_;
  std::vector<Publication> incoming_;
  std::size_t pending_ = 0;
  bool started_ = false;
  bool stopped_ = false;
  PublishLoop loop_;  // last: its thread uses the other members
};

void Publisher::Impl::start() {
  {
    const std::lock_guard lock(mutex_);
    started_ = true;
  }
  broker_connection().start();
}

void Publisher::Impl::publish(std::vector<Publication> publications) {
  if (publications.empty()) return;
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    pending_ += publications.size();
    was_empty = incoming_.empty();
    if (was_empty) {
      incoming_ = std::move(publications);
    } else {
      std::move(publications.begin(), publications.end(), std::back_inserter(incoming_));
    }
  }
  if (was_empty) broker_connection().wake();
}

std::vector<Publication> Publisher::Impl::take_incoming() {
  const std::lock_guard lock(mutex_);
  return std::exchange(incoming_, {});
}

void Publisher::Impl::confirmed(const std::vector<std::uint64_t>& tokens) {
  on_confirmed_(tokens);
  remove_pending(tokens.size());
}

void Publisher::Impl::given_up(const std::vector<std::uint64_t>& tokens) {
  on_unroutable_(tokens);
  remove_pending(tokens.size());
}

void Publisher::Impl::remove_pending(std::size_t count) {
  {
    const std::lock_guard lock(mutex_);
    pending_ -= count;
    if (pending_ != 0) return;
  }
  idle_.notify_all();
}

std::size_t Publisher::Impl::pending() const {
  const std::lock_guard lock(mutex_);
  return pending_;
}

void Publisher::Impl::stop(milliseconds timeout) {
  {
    std::unique_lock lock(mutex_);
    stopped_ = true;
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    const auto is_done = [this] { return pending_ <= loop_.unroutable_count(); };
    while (started_ && !is_done() && std::chrono::steady_clock::now() < deadline) {
      idle_.wait_until(lock, std::min(deadline, std::chrono::steady_clock::now() + kStopCheckInterval));
    }
  }
  broker_connection().stop(kPublisherCloseTimeout);
}

Publisher::Publisher(Options options, OnConfirmed on_confirmed, Metrics& metrics, OnUnroutable on_unroutable)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(on_confirmed), metrics, std::move(on_unroutable))) {}

Publisher::~Publisher() { stop(milliseconds(0)); }

void Publisher::start() { impl_->start(); }
void Publisher::publish(std::vector<Publication> publications) { impl_->publish(std::move(publications)); }
std::size_t Publisher::pending() const { return impl_->pending(); }
std::vector<Route> Publisher::unroutable() const { return impl_->unroutable(); }
bool Publisher::connected() const { return impl_->broker_connection().connected(); }
std::string Publisher::unready_reason() const { return impl_->broker_connection().unready_reason(); }
void Publisher::stop(milliseconds timeout) { impl_->stop(timeout); }

}  // namespace esteira::runtime::amqp
