#pragma once
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "runtime/metrics/metrics.hpp"

namespace esteira::host {

/// The metrics that a plugin makes by name while it runs, labelled with the stage. Thread-safe.
/// A counter is esteira_plugin_<name>_total, a duration esteira_plugin_<name>_seconds. Names are [a-z0-9_], at most 60
/// characters; there are at most 100 counters and 100 durations. Another metric is dropped, so that no plugin can break
/// /metrics; the first drop is logged.
class PluginMetrics {
 public:
  PluginMetrics(runtime::Metrics& metrics, std::string stage);
  void count(std::string_view name, double amount);
  void observe(std::string_view name, std::chrono::duration<double> duration);

 private:
  bool admit(std::string_view name, std::size_t known);

  runtime::Metrics& metrics_;
  const std::string stage_;
  std::mutex mutex_;
  bool has_warned_ = false;
  std::map<std::string, prometheus::Counter*, std::less<>> counters_;
  std::map<std::string, prometheus::Histogram*, std::less<>> histograms_;
};

}  // namespace esteira::host
