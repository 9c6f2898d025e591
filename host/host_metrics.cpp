#include "host/host_metrics.hpp"

namespace esteira::host {

namespace {

prometheus::Counter& messages(runtime::Metrics& metrics, const std::string& stage, const std::string& outcome) {
  return metrics.counter("esteira_messages_total", "Messages by what became of them",
                         {{"stage", stage}, {"outcome", outcome}});
}

prometheus::Counter& redelivered(runtime::Metrics& metrics, const std::string& stage, const std::string& cause) {
  return metrics.counter("esteira_redelivered_total", "Messages that came again without an outcome, by why",
                         {{"stage", stage}, {"cause", cause}});
}

}  // namespace

HostMetrics::HostMetrics(runtime::Metrics& metrics, const std::string& stage)
    : done(messages(metrics, stage, "done")),
      retried(messages(metrics, stage, "retry")),
      failed(messages(metrics, stage, "failed")),
      malformed(messages(metrics, stage, "malformed")),
      repeated(messages(metrics, stage, "repeated")),
      unknown(messages(metrics, stage, "unknown_order")),
      unstored(messages(metrics, stage, "unstored")),
      redelivered_by_crash(redelivered(metrics, stage, "crash")),
      redelivered_by_stop(redelivered(metrics, stage, "stop")),
      dead_letters(
          metrics.counter("esteira_dead_letters_total", "Messages sent to the dead-letter queue", {{"stage", stage}})),
      handler_seconds(metrics.histogram("esteira_handler_duration_seconds", "From a handler's start to its outcome",
                                        runtime::latency_buckets(), {{"stage", stage}})),
      commit_seconds(metrics.histogram("esteira_commit_duration_seconds", "Duration of a commit with its statements",
                                       runtime::latency_buckets(), {{"what", stage}})),
      commit_batch_size(metrics.histogram("esteira_commit_batch_size", "Rows that shared a commit",
                                          runtime::size_buckets(), {{"what", stage}})),
      order_seconds(metrics.histogram("esteira_order_duration_seconds", "From an order's acceptance to its completion",
                                      runtime::latency_buckets(), {{"stage", stage}})),
      in_flight(metrics.gauge("esteira_in_flight", "Messages held by the host", {{"stage", stage}})) {}

}  // namespace esteira::host
