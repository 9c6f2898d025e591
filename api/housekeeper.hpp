#pragma once
#include <chrono>
#include <mutex>
#include <string>
#include <thread>

#include "api/outbox_relay.hpp"
#include "runtime/config/setting_defaults.hpp"
#include "runtime/lifecycle/stop_flag.hpp"
#include "runtime/logging/outage.hpp"
#include "runtime/metrics/metrics.hpp"
#include "runtime/orders/store/outbox.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::api {

/// Does the periodic work on the database, on a thread of its own: probes it for readiness, measures the outbox,
/// publishes the events that a crash left in the outbox, and deletes expired idempotency keys.
class Housekeeper {
 public:
  struct Options {
    std::string database_url;
    std::chrono::milliseconds sweep_interval = runtime::default_duration("ESTEIRA_SWEEP_INTERVAL");
    std::chrono::milliseconds idempotency_ttl = runtime::default_duration("ESTEIRA_IDEMPOTENCY_TTL");
  };

  /// Throws ConfigError when `database_url` is not a valid conninfo.
  Housekeeper(Options options, OutboxRelay& relay, runtime::Metrics& metrics);
  ~Housekeeper();
  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;

  void start();
  void stop();

  /// Why orders can be neither stored nor read, in a few words. Empty when they can. Thread-safe.
  [[nodiscard]] std::string unready_reason() const;

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  void run_once();
  void measure_outbox();
  void sweep_outbox();
  [[nodiscard]] runtime::orders::OutboxRoutes routes_to_skip() const;
  void prune_idempotency_keys();
  void set_unready_reason(std::string reason);

  Options options_;
  OutboxRelay& relay_;
  prometheus::Gauge& outbox_events_;
  prometheus::Gauge& outbox_oldest_;
  prometheus::Gauge& broker_connected_;
  runtime::postgres::Session session_;
  runtime::Outage outage_{"PostgreSQL is unavailable", "PostgreSQL is available again"};
  runtime::StopFlag stopping_;
  Clock::time_point next_sweep_;
  Clock::time_point next_measurement_;
  Clock::time_point next_prune_;
  mutable std::mutex mutex_;
  std::string unready_reason_ = "PostgreSQL has not been reached yet";
  Clock::time_point last_probe_ = Clock::now();
  std::thread thread_;
};

}  // namespace esteira::api
