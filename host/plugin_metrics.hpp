#pragma once
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "runtime/metrics/metrics.hpp"

namespace esteira::host {

/// The metrics a plugin makes by name while it runs, labelled with the stage. A bad name, or one beyond the first 100,
/// is logged once and dropped: a plugin must not bring /metrics down. Thread-safe.
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
  bool complained_ = false;
  std::map<std::string, prometheus::Counter*, std::less<>> counters_;
  std::map<std::string, prometheus::Histogram*, std::less<>> histograms_;
};

}  // namespace esteira::host
