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
#include "runtime/postgres/session.hpp"

namespace esteira::api {

/// Looks after the database on a thread of its own: whether it can be used, what a crash left in the outbox, how deep
/// the outbox is, which idempotency keys are too old.
class Housekeeper {
 public:
  struct Options {
    std::string database_url;
    std::chrono::milliseconds sweep_interval = runtime::default_duration("ESTEIRA_SWEEP_INTERVAL");
    std::chrono::milliseconds idempotency_ttl = runtime::default_duration("ESTEIRA_IDEMPOTENCY_TTL");
  };

  /// Throws ConfigError when the database's URL is none.
  Housekeeper(Options options, OutboxRelay& relay, runtime::Metrics& metrics);
  ~Housekeeper();
  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;

  void start();
  void stop();

  /// Why orders can be neither stored nor read, in a few words; empty when they can. Thread-safe.
  [[nodiscard]] std::string unready_reason() const;

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  void round();
  void sweep();
  void measure();
  void prune();
  void found(std::string reason);

  Options options_;
  OutboxRelay& relay_;
  prometheus::Gauge& events_;
  prometheus::Gauge& oldest_;
  prometheus::Gauge& connected_;
  runtime::postgres::Session session_;
  runtime::Outage outage_{"the database is away", "the database is back"};
  runtime::StopFlag stopping_;
  Clock::time_point next_sweep_;
  Clock::time_point next_prune_;
  mutable std::mutex mutex_;
  std::string unready_reason_ = "not reached yet";
  Clock::time_point found_at_ = Clock::now();
  std::thread thread_;
};

}  // namespace esteira::api
