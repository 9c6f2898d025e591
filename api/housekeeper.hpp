#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "api/dead_letter_metrics.hpp"
#include "api/outbox_relay.hpp"
#include "runtime/config/setting_defaults.hpp"
#include "runtime/lifecycle/stop_flag.hpp"
#include "runtime/logging/outage.hpp"
#include "runtime/metrics/metrics.hpp"
#include "runtime/orders/store/outbox.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::api {

/// Does the periodic work on the database, on a thread of its own: measures the outbox and the dead letters, publishes
/// the events that a crash left in the outbox, and deletes expired idempotency keys. Work that fails is logged once and
/// tried again at its next time. A metric that cannot be measured is NaN.
class Housekeeper {
 public:
  struct Options {
    std::string database_url;
    std::chrono::milliseconds sweep_interval = runtime::default_duration("ESTEIRA_SWEEP_INTERVAL");
    std::chrono::milliseconds idempotency_ttl = runtime::default_duration("ESTEIRA_IDEMPOTENCY_TTL");
  };

  /// Whether the database can be written, as far as is known. Called on the housekeeper's thread, which does nothing
  /// while it is false: DatabaseProbe has told why.
  using IsWritable = std::function<bool()>;

  /// Throws ConfigError when `database_url` is not a valid conninfo.
  Housekeeper(Options options, IsWritable is_writable, OutboxRelay& relay, runtime::Metrics& metrics);
  ~Housekeeper();
  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;

  void start();
  void stop();

  /// Why events that a crash left in the outbox stay there, in a line. Empty when they do not. Thread-safe.
  [[nodiscard]] std::string unready_reason() const { return sweep_outage_.reason(); }

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  void sweep_when_due();
  void prune_when_due();
  void measure_dead_letters();
  void report_progress();
  void measure_outbox();
  void forget_outbox();
  void sweep_outbox();
  [[nodiscard]] runtime::orders::OutboxRoutes routes_to_skip() const;
  void prune_idempotency_keys();

  Options options_;
  const IsWritable is_writable_;
  OutboxRelay& relay_;
  prometheus::Gauge& outbox_events_;
  prometheus::Gauge& outbox_oldest_;
  prometheus::Gauge& broker_connected_;
  DeadLetterMetrics dead_letters_;
  runtime::postgres::Session session_;
  runtime::Outage sweep_outage_{"the outbox cannot be swept", "the outbox is swept again"};
  runtime::Outage prune_outage_{"old idempotency keys cannot be deleted", "old idempotency keys are deleted again"};
  runtime::Outage dead_letters_outage_{"dead letters cannot be counted", "dead letters are counted again"};
  runtime::StopFlag stopping_;
  Clock::time_point next_sweep_;
  Clock::time_point next_measurement_;
  Clock::time_point next_prune_;
  std::thread thread_;
};

}  // namespace esteira::api
