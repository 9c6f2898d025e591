#include "runtime/metrics/shared_metrics.hpp"

#include <algorithm>

namespace esteira::runtime {

CommitMetrics::CommitMetrics(Metrics& metrics, const std::string& source)
    : duration_(metrics.histogram("esteira_commit_duration_seconds", "Duration of one commit with its statements.",
                                  latency_buckets(), {{"source", source}})),
      batch_size_(metrics.histogram("esteira_commit_batch_size", "Orders or stage results that shared one commit.",
                                    size_buckets(), {{"source", source}})) {}

void CommitMetrics::observe(std::chrono::steady_clock::time_point start, std::size_t rows) {
  duration_.Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  batch_size_.Observe(static_cast<double>(rows));
}

DroppedLogLines::DroppedLogLines(Metrics& metrics)
    : counter_(metrics.counter("esteira_log_lines_dropped_total",
                               "Log lines that were dropped because the reader of stderr was too slow or is gone.")) {}

void DroppedLogLines::update(std::uint64_t total) {
  const std::lock_guard lock(mutex_);
  counter_.Increment(std::max(0.0, static_cast<double>(total) - counter_.Value()));
}

void set_build_info(Metrics& metrics) {
  metrics.gauge("esteira_build_info", "The version of this build; always 1.", {{"version", ESTEIRA_VERSION}}).Set(1);
}

}  // namespace esteira::runtime
