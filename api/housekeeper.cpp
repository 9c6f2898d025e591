#include "api/housekeeper.hpp"

#include <algorithm>
#include <utility>

#include "runtime/logging/log.hpp"
#include "runtime/orders/store/order_store.hpp"
#include "runtime/postgres/migrations.hpp"

namespace esteira::api {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kProbeInterval{1000};
/// A probe that hangs says as much as one that fails.
constexpr seconds kOldestFinding{15};
constexpr const char* kAway = "not reachable";
constexpr std::size_t kEventsInSweep = 500;
constexpr std::size_t kHeldInSweep = 5000;
constexpr milliseconds kConfirmPatience{3000};
constexpr std::size_t kKeysInPrune = 5000;
constexpr seconds kPruneInterval{60};

/// Younger rows are left to the relay of the replica that wrote them.
double swept_age(milliseconds interval) {
  return std::chrono::duration<double>(std::clamp<milliseconds>(interval, seconds(1), seconds(10))).count();
}

}  // namespace

Housekeeper::Housekeeper(Options options, OutboxRelay& relay, runtime::Metrics& metrics)
    : options_(std::move(options)),
      relay_(relay),
      events_(metrics.gauge("esteira_outbox_events", "Events in the outbox that the broker has not confirmed.")),
      oldest_(metrics.gauge("esteira_outbox_oldest_seconds", "Age of the oldest event in the outbox.")),
      connected_(metrics.gauge("esteira_broker_connected", "1 while the publisher is connected to RabbitMQ.")),
      session_(options_.database_url, "esteira-api housekeeper", runtime::orders::prepare_order_store) {}

Housekeeper::~Housekeeper() { stop(); }

void Housekeeper::start() {
  thread_ = std::thread([this] { run(); });
}

void Housekeeper::stop() {
  stopping_.set();
  if (thread_.joinable()) thread_.join();
}

std::string Housekeeper::unready_reason() const {
  const std::lock_guard lock(mutex_);
  if (Clock::now() - found_at_ > kOldestFinding) return "no answer";
  return unready_reason_;
}

void Housekeeper::found(std::string reason) {
  const std::lock_guard lock(mutex_);
  unready_reason_ = std::move(reason);
  found_at_ = Clock::now();
}

void Housekeeper::run() {
  const auto pause = std::min(kProbeInterval, options_.sweep_interval);
  do {
    connected_.Set(relay_.connected() ? 1 : 0);
    try {
      round();
      outage_.recovered();
    } catch (const runtime::postgres::Unavailable& unavailable) {
      outage_.failed(unavailable.what());
      found(kAway);
    } catch (const std::exception& fault) {
      runtime::log::error("housekeeping failed", {{"error", fault.what()}});
    }
  } while (!stopping_.wait_for(pause));
}

void Housekeeper::round() {
  auto missing = runtime::postgres::missing_schema(session_);
  const bool usable = missing.empty();
  found(std::move(missing));
  if (!usable) return;
  if (Clock::now() >= next_sweep_) {
    next_sweep_ = Clock::now() + options_.sweep_interval;
    measure();
    if (relay_.connected()) sweep();
  }
  if (Clock::now() >= next_prune_) {
    next_prune_ = Clock::now() + kPruneInterval;
    prune();
  }
}

void Housekeeper::measure() {
  const auto depth = runtime::orders::outbox_depth(session_);
  events_.Set(static_cast<double>(depth.events));
  oldest_.Set(depth.oldest_seconds);
}

void Housekeeper::sweep() {
  std::size_t published = 0;
  const auto publish = [this, &published](const std::vector<runtime::orders::OutboxEvent>& events) {
    auto confirmed = relay_.publish_swept(events, kConfirmPatience);
    published = confirmed.size();
    return confirmed;
  };
  std::size_t taken = 0;
  std::size_t limit = 0;
  do {
    published = 0;
    // What the relay holds must not hide what stands behind it.
    limit = kEventsInSweep + std::min(relay_.held(), kHeldInSweep);
    taken = runtime::orders::sweep_outbox(session_, limit, swept_age(options_.sweep_interval), publish);
    found({});
    if (published > 0) runtime::log::info("published what was left in the outbox", {{"events", published}});
  } while (taken == limit && published > 0 && !stopping_.is_set());
}

void Housekeeper::prune() {
  const auto age = std::chrono::duration<double>(options_.idempotency_ttl).count();
  while (runtime::orders::prune_idempotency_keys(session_, age, kKeysInPrune) == kKeysInPrune && !stopping_.is_set())
    found({});
}

}  // namespace esteira::api
