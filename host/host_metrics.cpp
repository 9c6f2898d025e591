#include "host/host_metrics.hpp"

namespace esteira::host {

namespace {

prometheus::Counter& messages(runtime::Metrics& metrics, const std::string& stage, const std::string& outcome) {
  return metrics.counter("esteira_messages_total", "Messages by outcome.", {{"stage", stage}, {"outcome", outcome}});
}

prometheus::Counter& redelivered(runtime::Metrics& metrics, const std::string& stage, const std::string& cause) {
  return metrics.counter("esteira_redelivered_total", "Messages redelivered without a recorded result, by cause.",
                         {{"stage", stage}, {"cause", cause}});
}

}  // namespace

HostMetrics::HostMetrics(runtime::Metrics& metrics, const std::string& stage)
    : done(messages(metrics, stage, "done")),
      retried(messages(metrics, stage, "retry")),
      snoozed(messages(metrics, stage, "snoozed")),
      held(messages(metrics, stage, "held")),
      failed(messages(metrics, stage, "failed")),
      refused(messages(metrics, stage, "refused")),
      cancelled(messages(metrics, stage, "cancelled")),
      malformed(messages(metrics, stage, "malformed")),
      duplicate(messages(metrics, stage, "duplicate")),
      unknown_order(messages(metrics, stage, "unknown_order")),
      store_failed(messages(metrics, stage, "store_failed")),
      redelivered_by_crash(redelivered(metrics, stage, "crash")),
      redelivered_by_stop(redelivered(metrics, stage, "stop")),
      redelivered_by_unknown(redelivered(metrics, stage, "unknown")),
      dead_letters(
          metrics.counter("esteira_dead_letters_total", "Messages sent to the dead-letter queue.", {{"stage", stage}})),
      handler_seconds(metrics.histogram("esteira_handler_duration_seconds",
                                        "Time from the start of a handler to its outcome.",
                                        runtime::long_latency_buckets(), {{"stage", stage}})),
      commits(metrics, stage),
      order_seconds(metrics.histogram("esteira_order_duration_seconds",
                                      "Time from the acceptance of an order to its completion.",
                                      runtime::long_latency_buckets(), {{"stage", stage}})),
      in_flight(
          metrics.gauge("esteira_in_flight", "Messages that the host holds unacknowledged.", {{"stage", stage}})) {}

}  // namespace esteira::host
