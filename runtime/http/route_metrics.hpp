#pragma once
#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/http/server.hpp"
#include "runtime/metrics/metrics.hpp"

namespace esteira::runtime::http {

/// The counters and the duration histogram of one method on one route. Looks up each metric once, because a lookup by
/// labels is slow. Thread-safe.
class RouteMetrics {
 public:
  RouteMetrics(Metrics& metrics, std::string method, std::string route);
  void count(int status, std::chrono::steady_clock::duration taken);

 private:
  static constexpr int kLowestStatus = 100;
  static constexpr int kHighestStatus = 599;
  prometheus::Counter& counter(int status);

  Metrics& metrics_;
  const std::string method_;
  const std::string route_;
  prometheus::Histogram& seconds_;
  std::array<std::atomic<prometheus::Counter*>, kHighestStatus - kLowestStatus + 1> by_status_{};
};

/// The metrics of all methods and routes, created when a route is added or at the first use. Thread-safe.
class RouteMetricsTable {
 public:
  explicit RouteMetricsTable(Metrics& metrics);
  /// Unknown methods share the label "other", because clients can send any text.
  RouteMetrics& find(std::string_view method, const std::string& route);
  /// Counts a request that was rejected before it was whole.
  void count_rejected(std::string_view method, int status);
  void count_dropped(ServerOptions::Dropped dropped);

 private:
  Metrics& metrics_;
  prometheus::Counter& dropped_idle_;
  prometheus::Counter& dropped_refused_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<RouteMetrics>, std::less<>> by_label_;
};

}  // namespace esteira::runtime::http
