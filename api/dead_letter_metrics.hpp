#pragma once
#include <chrono>
#include <map>
#include <string>

#include "runtime/metrics/metrics.hpp"
#include "runtime/orders/store/dead_letter_counts.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::api {

/// Sets the metrics esteira_failed_orders{stage}, esteira_kept_dead_letters{stage} and
/// esteira_dead_letters_oldest_seconds{stage} from the database. It reads no dead-letter queue: a message that is read
/// and returned counts one more delivery. Used by one thread.
class DeadLetterMetrics {
 public:
  using Clock = std::chrono::steady_clock;

  /// Measures at most once in `min_interval`. `metrics` must outlive this object.
  DeadLetterMetrics(runtime::Metrics& metrics, std::chrono::milliseconds min_interval);

  /// Measures when it is time to. The time to the next measurement grows with the time that one takes, so that many
  /// dead letters do not keep PostgreSQL busy. `session` must have the statement of dead_letter_counts.hpp. Throws
  /// Unavailable; the metrics are NaN then.
  void measure_if_due(runtime::postgres::Session& session);

  /// Sets the metrics to NaN until the next measurement, which is due at once.
  void set_unknown();

 private:
  struct Gauges {
    Gauges(runtime::Metrics& metrics, const std::string& stage);
    void set(const runtime::orders::DeadLetterCounts& counts);
    void set_all(double value);

    prometheus::Gauge& failed_orders;
    prometheus::Gauge& kept;
    prometheus::Gauge& oldest_seconds;
  };

  void measure(runtime::postgres::Session& session);

  runtime::Metrics& metrics_;
  const std::chrono::milliseconds min_interval_;
  std::map<std::string, Gauges> by_stage_;  ///< each stage that was ever counted
  Clock::time_point next_;
};

}  // namespace esteira::api
