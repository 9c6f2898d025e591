#include "api/dead_letter_metrics.hpp"

#include <algorithm>
#include <limits>
#include <set>

namespace esteira::api {

namespace {

/// Measuring takes at most one part in this many of the time.
constexpr int kMinIdleRatio = 20;

}  // namespace

DeadLetterMetrics::Gauges::Gauges(runtime::Metrics& metrics, const std::string& stage)
    : failed_orders(metrics.gauge("esteira_failed_orders",
                                  "Orders that failed at a stage and were neither redriven nor purged.",
                                  {{"stage", stage}})),
      kept(metrics.gauge("esteira_kept_dead_letters",
                         "Messages of a dead-letter queue that belong to no failed order, kept in the database.",
                         {{"stage", stage}})),
      oldest_seconds(metrics.gauge("esteira_dead_letters_oldest_seconds",
                                   "Age of the oldest failed order or kept dead letter; 0 when there is none.",
                                   {{"stage", stage}})) {}

void DeadLetterMetrics::Gauges::set(const runtime::orders::DeadLetterCounts& counts) {
  failed_orders.Set(static_cast<double>(counts.failed_orders));
  kept.Set(static_cast<double>(counts.kept_messages));
  oldest_seconds.Set(counts.oldest_seconds);
}

void DeadLetterMetrics::Gauges::set_all(double value) {
  for (auto* gauge : {&failed_orders, &kept, &oldest_seconds}) gauge->Set(value);
}

DeadLetterMetrics::DeadLetterMetrics(runtime::Metrics& metrics, std::chrono::milliseconds min_interval)
    : metrics_(metrics), min_interval_(min_interval) {}

void DeadLetterMetrics::measure_if_due(runtime::postgres::Session& session) {
  const auto start = Clock::now();
  if (start < next_) return;
  try {
    measure(session);
  } catch (...) {
    set_unknown();
    next_ = start + min_interval_;
    throw;
  }
  const auto end = Clock::now();
  next_ = std::max(start + min_interval_, end + (end - start) * kMinIdleRatio);
}

void DeadLetterMetrics::set_unknown() {
  for (auto& [stage, gauges] : by_stage_) gauges.set_all(std::numeric_limits<double>::quiet_NaN());
  next_ = {};
}

void DeadLetterMetrics::measure(runtime::postgres::Session& session) {
  std::set<std::string> counted;
  for (const auto& counts : runtime::orders::count_dead_letters(session)) {
    by_stage_.try_emplace(counts.stage, metrics_, counts.stage).first->second.set(counts);
    counted.insert(counts.stage);
  }
  for (auto& [stage, gauges] : by_stage_) {
    if (!counted.contains(stage)) gauges.set_all(0);
  }
}

}  // namespace esteira::api
