#pragma once
#include <chrono>
#include <map>
#include <string>

#include "runtime/metrics/metrics.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::api {

/// Sets the metrics esteira_failed_orders{stage} and esteira_failed_orders_oldest_seconds. Used by one thread.
class FailedOrdersMetrics {
 public:
  using Clock = std::chrono::steady_clock;

  /// Measures at most once in `min_interval`. `metrics` must outlive this object.
  FailedOrdersMetrics(runtime::Metrics& metrics, std::chrono::milliseconds min_interval);

  /// Measures when it is time to. The time to the next measurement grows with the time that one takes, so that many
  /// failed orders do not keep PostgreSQL busy. `session` must have the statements of failed_orders.hpp. Throws
  /// Unavailable.
  void measure_if_due(runtime::postgres::Session& session);

 private:
  void measure(runtime::postgres::Session& session);
  prometheus::Gauge& gauge_of(const std::string& stage);

  runtime::Metrics& metrics_;
  prometheus::Gauge& oldest_;
  const std::chrono::milliseconds min_interval_;
  std::map<std::string, prometheus::Gauge*> by_stage_;  ///< each stage that was ever counted
  Clock::time_point next_;
};

}  // namespace esteira::api
