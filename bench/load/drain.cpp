#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <thread>

#include "bench/load/cpu_meter.hpp"
#include "bench/load/measurements.hpp"
#include "bench/load/orders_table.hpp"
#include "bench/load/processes.hpp"

namespace esteira::bench {
namespace {

/// Samples a process on a thread and keeps its peak memory and its largest number of threads.
class PeakSampler {
 public:
  explicit PeakSampler(pid_t pid) : pid_(pid), thread_([this] { run(); }) {}
  ~PeakSampler() { stop(); }
  PeakSampler(const PeakSampler&) = delete;
  PeakSampler& operator=(const PeakSampler&) = delete;

  Footprint stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
    return peak_;
  }

 private:
  void run() {
    while (!stopping_) {
      const auto now = footprint(pid_);
      peak_.peak_mb = std::max(peak_.peak_mb, now.peak_mb);
      peak_.threads = std::max(peak_.threads, now.threads);
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

  const pid_t pid_;
  Footprint peak_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

pid_t first_host(const Options& options) {
  for (const auto& group : options.groups) {
    if (group.name == "hosts" && !group.roots.empty()) return group.roots.front();
  }
  throw UsageError("drain needs --group hosts=PID,...");
}

}  // namespace

Metrics measure_drain(const Options& options) {
  OrdersTable table(options.database_url);
  const auto ids = table.ids();
  const CpuMeter cpu(options.groups);
  PeakSampler sampler(first_host(options));
  if (table.await_terminal(ids, std::chrono::seconds(options.timeout)) > 0) {
    throw std::runtime_error("some orders were not completed in time");
  }
  const auto peak = sampler.stop();
  const auto activity = table.stage_activity();  // excludes orders completed before the measurement
  Metrics metrics{{"orders_per_s", static_cast<double>(activity.completed) / activity.seconds},
                  {"seconds", activity.seconds},
                  {"first_host_peak_mb", peak.peak_mb},
                  {"first_host_threads", peak.threads}};
  cpu.report(activity.completed, "order", metrics);
  report_hops(activity.hops, activity.completed, metrics);
  if (table.count_failed(ids) > 0) throw std::runtime_error("orders failed");
  return metrics;
}

}  // namespace esteira::bench
