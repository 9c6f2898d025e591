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

/// Remembers the most that a process ever needed, while it lives.
class Watch {
 public:
  explicit Watch(pid_t pid) : pid_(pid), thread_([this] { run(); }) {}
  ~Watch() { stop(); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  Footprint stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
    return most_;
  }

 private:
  void run() {
    while (!stopping_) {
      const auto now = footprint(pid_);
      most_.peak_mb = std::max(most_.peak_mb, now.peak_mb);
      most_.threads = std::max(most_.threads, now.threads);
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

  const pid_t pid_;
  Footprint most_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

pid_t first_host(const Options& options) {
  for (const auto& group : options.groups) {
    if (group.name == "hosts" && !group.roots.empty()) return group.roots.front();
  }
  throw UsageError("drain wants --group hosts=PID,...");
}

}  // namespace

Metrics measure_drain(const Options& options) {
  OrdersTable table(options.database_url);
  const auto ids = table.ids();
  const CpuMeter cpu(options.groups);
  Watch watch(first_host(options));
  if (table.await_ended(ids, std::chrono::seconds(options.timeout)) > 0) {
    throw std::runtime_error("orders did not end in time");
  }
  const auto most = watch.stop();
  const auto work = table.work();  // what was completed while this program started is not of the measurement
  Metrics metrics{{"orders_per_s", static_cast<double>(work.completed) / work.seconds},
                  {"seconds", work.seconds},
                  {"first_host_peak_mb", most.peak_mb},
                  {"first_host_threads", most.threads}};
  cpu.report(work.completed, "order", metrics);
  if (table.failed(ids) > 0) throw std::runtime_error("orders failed");
  return metrics;
}

}  // namespace esteira::bench
