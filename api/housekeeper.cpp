#include "api/housekeeper.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "runtime/logging/log.hpp"
#include "runtime/orders/store/dead_letter_counts.hpp"
#include "runtime/orders/store/order_store.hpp"

namespace esteira::api {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kMeasureInterval{1000};
/// How often due work is looked for. Work that failed is due at once.
constexpr milliseconds kCheckInterval{1000};
constexpr std::size_t kEventsInSweep = 500;
constexpr std::size_t kMaxPendingInSweep = 5000;
constexpr milliseconds kConfirmTimeout{3000};
constexpr std::size_t kKeysInPrune = 5000;
constexpr seconds kPruneInterval{60};

void prepare_statements(pqxx::connection& connection) {
  runtime::orders::prepare_order_store(connection);
  runtime::orders::prepare_dead_letter_counts(connection);
}

/// The age from which a sweep takes events. Younger ones are published by the replica that wrote them.
double min_event_age(milliseconds interval) {
  return std::chrono::duration<double>(std::clamp<milliseconds>(interval, seconds(1), seconds(10))).count();
}

}  // namespace

Housekeeper::Housekeeper(Options options, IsWritable is_writable, OutboxRelay& relay, runtime::Metrics& metrics)
    : options_(std::move(options)),
      is_writable_(std::move(is_writable)),
      relay_(relay),
      outbox_events_(metrics.gauge("esteira_outbox_events", "Events in the outbox that the broker has not confirmed.")),
      outbox_oldest_(metrics.gauge("esteira_outbox_oldest_seconds", "Age of the oldest event in the outbox.")),
      broker_connected_(metrics.gauge("esteira_broker_connected", "1 while the publisher is connected to RabbitMQ.")),
      dead_letters_(metrics, options_.sweep_interval),
      session_(options_.database_url, "esteira-api housekeeper", prepare_statements) {
  forget_outbox();
}

Housekeeper::~Housekeeper() { stop(); }

void Housekeeper::start() {
  thread_ = std::thread([this] { run(); });
}

void Housekeeper::stop() {
  stopping_.set();
  if (thread_.joinable()) thread_.join();
}

void Housekeeper::run() {
  const auto pause = std::min(kCheckInterval, options_.sweep_interval);
  do {
    broker_connected_.Set(relay_.connected() ? 1 : 0);
    if (is_writable_()) {
      sweep_when_due();
      prune_when_due();
      measure_dead_letters();
    } else {
      forget_outbox();
      dead_letters_.set_unknown();
    }
  } while (!stopping_.wait_for(pause));
}

void Housekeeper::sweep_when_due() {
  const auto now = Clock::now();
  if (now < next_sweep_) return;
  try {
    measure_outbox();
    if (relay_.connected()) sweep_outbox();
    sweep_outage_.recovered();
    next_sweep_ = now + options_.sweep_interval;
  } catch (const std::exception& error) {
    sweep_outage_.failed(error.what());
  }
}

void Housekeeper::prune_when_due() {
  if (Clock::now() < next_prune_) return;
  try {
    prune_idempotency_keys();
    prune_outage_.recovered();
    next_prune_ = Clock::now() + kPruneInterval;
  } catch (const std::exception& error) {
    prune_outage_.failed(error.what());
  }
}

/// Nothing depends on these metrics: the other work goes on when they cannot be measured.
void Housekeeper::measure_dead_letters() {
  try {
    dead_letters_.measure_if_due(session_);
    dead_letters_outage_.recovered();
  } catch (const std::exception& error) {
    dead_letters_outage_.failed(error.what());
  }
}

/// A sweep and a prune take minutes when there is much to do. The metrics stay true meanwhile.
void Housekeeper::report_progress() {
  broker_connected_.Set(relay_.connected() ? 1 : 0);
  if (Clock::now() >= next_measurement_) measure_outbox();
}

void Housekeeper::measure_outbox() {
  next_measurement_ = Clock::now() + std::min(kMeasureInterval, options_.sweep_interval);
  try {
    const auto depth = runtime::orders::outbox_depth(session_);
    outbox_events_.Set(static_cast<double>(depth.events));
    outbox_oldest_.Set(depth.oldest_seconds);
  } catch (...) {
    forget_outbox();
    throw;
  }
}

/// A value that was measured before an outage would look like a measurement.
void Housekeeper::forget_outbox() {
  outbox_events_.Set(std::numeric_limits<double>::quiet_NaN());
  outbox_oldest_.Set(std::numeric_limits<double>::quiet_NaN());
}

void Housekeeper::sweep_outbox() {
  std::size_t published = 0;
  const auto publish = [this, &published](const std::vector<runtime::orders::OutboxEvent>& events) {
    auto confirmed = relay_.publish_swept(events, kConfirmTimeout);
    published = confirmed.size();
    return confirmed;
  };
  std::size_t taken = 0;
  std::size_t limit = 0;
  bool found_unroutable = false;
  do {
    published = 0;
    const auto skipped = routes_to_skip();
    // The sweep also takes rows that are pending in the relay and cannot publish them: they must not fill the batch.
    limit = kEventsInSweep + std::min(relay_.pending(), kMaxPendingInSweep);
    taken = runtime::orders::sweep_outbox(session_, limit, min_event_age(options_.sweep_interval), publish, skipped);
    found_unroutable = routes_to_skip().size() > skipped.size();
    report_progress();
    if (published > 0) runtime::log::info("events left in the outbox were published", {{"events", published}});
  } while (taken == limit && (published > 0 || found_unroutable) && !stopping_.is_set());
}

/// Events that no queue takes must not fill the batches: the others pass them.
runtime::orders::OutboxRoutes Housekeeper::routes_to_skip() const {
  runtime::orders::OutboxRoutes routes;
  for (auto& [exchange, routing_key] : relay_.unroutable()) {
    routes.emplace_back(std::move(exchange), std::move(routing_key));
  }
  return routes;
}

void Housekeeper::prune_idempotency_keys() {
  const auto age = std::chrono::duration<double>(options_.idempotency_ttl).count();
  std::size_t pruned = kKeysInPrune;
  while (pruned == kKeysInPrune && !stopping_.is_set()) {
    pruned = runtime::orders::prune_idempotency_keys(session_, age, kKeysInPrune);
    report_progress();
  }
}

}  // namespace esteira::api
