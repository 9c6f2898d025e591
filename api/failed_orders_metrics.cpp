#include "api/failed_orders_metrics.hpp"

#include <algorithm>

#include "runtime/orders/store/failed_orders.hpp"

namespace esteira::api {

namespace {

/// Measuring takes at most one part in this many of the time.
constexpr int kMinIdleRatio = 20;

}  // namespace

FailedOrdersMetrics::FailedOrdersMetrics(runtime::Metrics& metrics, std::chrono::milliseconds min_interval)
    : metrics_(metrics),
      oldest_(metrics.gauge("esteira_failed_orders_oldest_seconds",
                            "Time since the oldest failed order failed; 0 when there is none.")),
      min_interval_(min_interval) {}

void FailedOrdersMetrics::measure_if_due(runtime::postgres::Session& session) {
  const auto start = Clock::now();
  if (start < next_) return;
  next_ = start + min_interval_;
  measure(session);
  const auto end = Clock::now();
  next_ = std::max(next_, end + (end - start) * kMinIdleRatio);
}

void FailedOrdersMetrics::measure(runtime::postgres::Session& session) {
  const auto counts = runtime::orders::count_failed_orders(session);
  for (const auto& [stage, gauge] : by_stage_) {
    const bool has_none = std::ranges::find(counts, stage, &runtime::orders::FailedOrders::stage) == counts.end();
    if (has_none) gauge->Set(0);
  }
  double oldest_seconds = 0;
  for (const auto& failed : counts) {
    gauge_of(failed.stage).Set(static_cast<double>(failed.orders));
    oldest_seconds = std::max(oldest_seconds, failed.oldest_seconds);
  }
  oldest_.Set(oldest_seconds);
}

prometheus::Gauge& FailedOrdersMetrics::gauge_of(const std::string& stage) {
  auto*& gauge = by_stage_[stage];
  if (gauge == nullptr) {
    gauge = &metrics_.gauge("esteira_failed_orders",
                            "Orders that failed at a stage and were neither redriven nor purged.", {{"stage", stage}});
  }
  return *gauge;
}

}  // namespace esteira::api
