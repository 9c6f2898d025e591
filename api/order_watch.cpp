#include "api/order_watch.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "api/responses.hpp"
#include "runtime/orders/store/order_changes.hpp"

namespace esteira::api {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMaxArrivals = 1024;
constexpr milliseconds kShortestPause{100};
constexpr milliseconds kLongestPause{1000};
/// The query takes at most one part of this many of the time, so that many waits slow nothing down.
constexpr int kPauseFactor = 10;

prometheus::Counter& ended_waits(runtime::Metrics& metrics, const char* reason) {
  return metrics.counter("esteira_waits_total", "Requests that waited for a change of their order, by what ended it.",
                         {{"reason", reason}});
}

}  // namespace

OrderWatch::WatchMetrics::WatchMetrics(runtime::Metrics& metrics)
    : waiting(metrics.gauge("esteira_waiting_requests", "Requests that wait for a change of their order.")),
      changed(ended_waits(metrics, "changed")),
      expired(ended_waits(metrics, "expired")),
      client_left(ended_waits(metrics, "client_left")),
      stopped(ended_waits(metrics, "stopped")),
      refused(ended_waits(metrics, "refused")),
      look_seconds(metrics.histogram("esteira_order_watch_duration_seconds",
                                     "Time of one look for changes of the orders that somebody waits for.",
                                     runtime::latency_buckets())) {}

OrderWatch::OrderWatch(const Options& options, OnReleased on_released, runtime::Metrics& metrics)
    : max_waiting_(options.max_waiting),
      on_released_(std::move(on_released)),
      metrics_(metrics),
      session_(options.database_url, "esteira-api watch", runtime::orders::prepare_order_changes) {}

void OrderWatch::start() {
  thread_ = std::thread([this] { run(); });
}

void OrderWatch::add(OrderReader::Lookup lookup) {
  if (count_.fetch_add(1) >= max_waiting_) {
    --count_;
    metrics_.refused.Increment();
    return lookup.responder.send(too_many_waiting());
  }
  metrics_.waiting.Increment();
  if (waits_ended_) return release(std::move(lookup), metrics_.stopped);
  arrivals_.push(std::move(lookup));
}

void OrderWatch::stop() {
  end_waits();
  arrivals_.close();
  if (thread_.joinable()) thread_.join();
}

void OrderWatch::run() {
  for (;;) {
    take_arrivals();
    const bool stopping = arrivals_.closed();
    if (stopping && waiting_.empty()) return;
    if (!stopping && Clock::now() < next_look_) continue;
    release_ended();
    look_for_changes();
  }
}

/// Waits until a request arrives or, while requests wait, until the next look is due.
void OrderWatch::take_arrivals() {
  std::vector<OrderReader::Lookup> arrived;
  if (waiting_.empty()) {
    arrived = arrivals_.pop(kMaxArrivals);
  } else {
    const auto pause = std::chrono::ceil<milliseconds>(next_look_ - Clock::now());
    arrived = arrivals_.pop_for(kMaxArrivals, std::max(pause, milliseconds(0)));
  }
  for (auto& lookup : arrived) waiting_.push_back(std::move(lookup));
}

/// Passes on the requests that wait no longer, although their order has not changed. They are answered with the order
/// as it is.
void OrderWatch::release_ended() {
  const auto now = Clock::now();
  for (auto place = waiting_.begin(); place != waiting_.end();) {
    auto* const reason = end_of_wait(*place, now);
    if (reason == nullptr) {
      ++place;
      continue;
    }
    release(std::move(*place), *reason);
    place = waiting_.erase(place);
  }
}

/// Null while the request waits.
prometheus::Counter* OrderWatch::end_of_wait(const OrderReader::Lookup& lookup, Clock::time_point now) const {
  if (lookup.responder.client_left()) return &metrics_.client_left;
  if (lookup.wait_until <= now) return &metrics_.expired;
  return waits_ended_ ? &metrics_.stopped : nullptr;
}

void OrderWatch::look_for_changes() {
  const auto began = Clock::now();
  for (const auto place : find_changed_orders()) {
    release(std::move(*place), metrics_.changed);
    waiting_.erase(place);
  }
  const auto ended = Clock::now();
  const auto pause = std::chrono::ceil<milliseconds>((ended - began) * kPauseFactor);
  next_look_ = ended + std::clamp(pause, kShortestPause, kLongestPause);
}

/// None while PostgreSQL is unavailable: a wait that is over then ends with 503.
std::vector<OrderWatch::Waiting::iterator> OrderWatch::find_changed_orders() {
  std::vector<Waiting::iterator> places;
  std::vector<runtime::orders::SeenOrder> seen;
  for (auto place = waiting_.begin(); place != waiting_.end(); ++place) {
    places.push_back(place);
    seen.push_back({place->order_id, place->seen});
  }
  std::vector<Waiting::iterator> changed;
  if (seen.empty()) return changed;
  try {
    const auto began = Clock::now();
    for (const auto index : runtime::orders::find_changed(session_, seen)) changed.push_back(places.at(index));
    metrics_.look_seconds.Observe(std::chrono::duration<double>(Clock::now() - began).count());
    outage_.recovered();
  } catch (const std::exception& error) {
    outage_.failed(error.what());
  }
  return changed;
}

void OrderWatch::release(OrderReader::Lookup lookup, prometheus::Counter& reason) {
  --count_;
  metrics_.waiting.Decrement();
  reason.Increment();
  if (&reason != &metrics_.changed) lookup.wait_until.reset();
  lookup.received = Clock::now();
  on_released_(std::move(lookup));
}

}  // namespace esteira::api
