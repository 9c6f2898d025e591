#include "runtime/amqp/recovering_connection.hpp"

#include <poll.h>

#include <array>
#include <utility>

#include "runtime/amqp/broker_error.hpp"
#include "runtime/lifecycle/backoff.hpp"
#include "runtime/logging/log.hpp"

namespace esteira::runtime::amqp {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{100};
constexpr milliseconds kMaxPause{5000};
// After a connection that lasted this long the backoff starts again at kFirstPause.
constexpr std::chrono::seconds kStableAfter{5};
constexpr std::chrono::seconds kLogInterval{30};
constexpr std::size_t kMaxLoggedReasons = 20;

/// Of a refusal in an open connection. Those of the login have their own remedy, and no code.
const char* remedy(int reply_code) {
  constexpr int kAccessRefused = 403;
  return reply_code == kAccessRefused ? "; grant it (rabbitmqctl set_permissions); esteira doctor tells what is missing"
                                      : "";
}

}  // namespace

RecoveringConnection::RecoveringConnection(Connection::Options options, std::string role, Serve serve, Metrics& metrics)
    : options_(std::move(options)),
      role_(std::move(role)),
      serve_(std::move(serve)),
      reconnects_(metrics.counter("esteira_amqp_reconnects_total", "Connections to RabbitMQ made again after a loss.",
                                  {{"connection", role_}})),
      losses_(kLogInterval, kMaxLoggedReasons) {}

RecoveringConnection::~RecoveringConnection() { stop(milliseconds(0)); }

void RecoveringConnection::start() {
  thread_ = std::thread([this] { run(); });
}

void RecoveringConnection::stop(milliseconds timeout) {
  stop_.set();
  wake();
  if (!thread_.joinable()) return;
  // Without a connection `serve` has nothing to finish, so the timeout would be wasted.
  if (!connected_ || !finished_.wait_for(timeout)) guard_.abort();
  thread_.join();
}

std::string RecoveringConnection::unready_reason() const {
  const std::lock_guard lock(mutex_);
  return unready_reason_;
}

void RecoveringConnection::set_unready_reason(std::string reason) {
  const std::lock_guard lock(mutex_);
  unready_reason_ = std::move(reason);
}

void RecoveringConnection::mark_connected() {
  set_unready_reason({});
  connected_ = true;
  if (ever_connected_) reconnects_.Increment();
  if (!ever_connected_ || std::exchange(loss_logged_, false))
    log::info(ever_connected_ ? "reconnected to the broker" : "connected to the broker",
              {{"connection", role_}, {"broker", options_.url.display()}});
  ever_connected_ = true;
}

void RecoveringConnection::wait(const Connection& connection, bool to_write, milliseconds timeout) const {
  if (connection.has_unread()) return;
  const auto events = static_cast<short>(to_write ? POLLIN | POLLOUT : POLLIN);
  std::array<pollfd, 2> waited{pollfd{.fd = connection.fd(), .events = events, .revents = 0},
                               pollfd{.fd = wake_.get(), .events = POLLIN, .revents = 0}};
  ::poll(waited.data(), waited.size(), static_cast<int>(timeout.count()));
  if (waited[1].revents != 0) wake_.drain();
}

void RecoveringConnection::run() {
  Backoff backoff(kFirstPause, kMaxPause);
  for (std::size_t attempt = 0; !stop_.is_set() && !reconnecting_stopped_; ++attempt) {
    const auto started = std::chrono::steady_clock::now();
    try {
      serve_once(attempt);
    } catch (const BrokerError& error) {
      report_loss(std::string(error.what()).append(remedy(error.reply_code())));
    } catch (const std::exception& error) {
      report_loss(error.what());
    }
    connected_ = false;
    if (std::chrono::steady_clock::now() - started >= kStableAfter) backoff.reset();
    stop_.wait_for(backoff.next());
  }
  finished_.set();
}

void RecoveringConnection::serve_once(std::size_t attempt) {
  Connection connection(options_, attempt, &guard_);
  serve_(connection);
  connection.close();
}

void RecoveringConnection::report_loss(const std::string& why) {
  // Logged once for each reason, not at every attempt. A refused publication ends each connection soon after its start.
  const bool is_new = connected_ || unready_reason() != why;
  connected_ = false;
  set_unready_reason(why);
  if (!is_new || stop_.is_set() || !losses_.admit(why)) return;
  loss_logged_ = true;
  log::warn("no connection to the broker; reconnecting", {{"connection", role_}, {"error", why}});
}

}  // namespace esteira::runtime::amqp
