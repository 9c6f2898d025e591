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

#include "runtime/metrics/metrics.hpp"

namespace esteira::runtime::http {

/// The count and the seconds of one method on one route. Finding a metric by its labels is slow, so each is found once.
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

/// Those of all methods and routes, made when first asked for. Thread-safe.
class RouteMetricsTable {
 public:
  explicit RouteMetricsTable(Metrics& metrics) : metrics_(metrics) {}
  /// An unknown method is "other", for clients can send whatever they like.
  RouteMetrics& find(std::string_view method, const std::string& route);
  /// One more that never came to a route.
  void count_refused(std::string_view method, int status);

 private:
  Metrics& metrics_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<RouteMetrics>, std::less<>> by_label_;
};

}  // namespace esteira::runtime::http
