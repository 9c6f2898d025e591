#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>

#include "runtime/metrics/metrics.hpp"

namespace esteira::runtime {

// Metrics that several programs have. Each is defined here alone, so that its help text is the same in all of them.

/// What a group commit measures: esteira_commit_duration_seconds and esteira_commit_batch_size. `source` is their label
/// and says whose commits these are: a stage's name, or "orders" for the API's. Thread-safe.
class CommitMetrics {
 public:
  CommitMetrics(Metrics& metrics, const std::string& source);

  /// A commit of `rows` that began at `start` is done.
  void observe(std::chrono::steady_clock::time_point start, std::size_t rows);

 private:
  prometheus::Histogram& duration_;
  prometheus::Histogram& batch_size_;
};

/// esteira_log_lines_dropped_total. Thread-safe.
class DroppedLogLines {
 public:
  explicit DroppedLogLines(Metrics& metrics);

  /// `total` is the number of lines dropped since the start of the process.
  void update(std::uint64_t total);

 private:
  std::mutex mutex_;
  prometheus::Counter& counter_;
};

/// Sets esteira_build_info, which is always 1, to the version of this build.
void set_build_info(Metrics& metrics);

}  // namespace esteira::runtime
