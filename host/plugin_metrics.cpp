#include "host/plugin_metrics.hpp"

#include <algorithm>
#include <utility>

#include "runtime/logging/log.hpp"

namespace esteira::host {

namespace {

constexpr std::size_t kMaxPluginMetrics = 100;

bool is_metric_name(std::string_view name) {
  return !name.empty() && name.size() <= 60 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::string full_name(std::string_view name, const char* unit) {
  return std::string("esteira_plugin_").append(name).append(unit);
}

}  // namespace

PluginMetrics::PluginMetrics(runtime::Metrics& metrics, std::string stage)
    : metrics_(metrics), stage_(std::move(stage)) {}

bool PluginMetrics::admit(std::string_view name, std::size_t known) {
  if (is_metric_name(name) && known < kMaxPluginMetrics) return true;
  if (!std::exchange(has_warned_, true)) {
    runtime::log::warn("a metric of the plugin is dropped: names are [a-z0-9_], at most 60 characters and 100 names",
                       {{"metric", name}});
  }
  return false;
}

void PluginMetrics::count(std::string_view name, double amount) {
  if (!(amount >= 0)) return;
  const std::lock_guard lock(mutex_);
  auto found = counters_.find(name);
  if (found == counters_.end()) {
    if (!admit(name, counters_.size())) return;
    auto& counter = metrics_.counter(full_name(name, "_total"), "Counted by the plugin.", {{"stage", stage_}});
    found = counters_.emplace(name, &counter).first;
  }
  found->second->Increment(amount);
}

void PluginMetrics::observe(std::string_view name, std::chrono::duration<double> duration) {
  const std::lock_guard lock(mutex_);
  auto found = histograms_.find(name);
  if (found == histograms_.end()) {
    if (!admit(name, histograms_.size())) return;
    auto& histogram = metrics_.histogram(full_name(name, "_seconds"), "Measured by the plugin.",
                                         runtime::long_latency_buckets(), {{"stage", stage_}});
    found = histograms_.emplace(name, &histogram).first;
  }
  found->second->Observe(duration.count());
}

}  // namespace esteira::host
