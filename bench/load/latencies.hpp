#pragma once
#include <chrono>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace esteira::bench {

/// The latency of each request. All of them are stored, so a percentile is a measured value.
class Latencies {
 public:
  void add(std::chrono::nanoseconds time);
  [[nodiscard]] std::size_t count() const { return times_.size(); }

  /// The smallest latency that at least `share` (0 to 1) of all requests did not exceed; zero without requests.
  std::chrono::nanoseconds quantile(double share);

  /// Adds NAME_p50_ms, NAME_p99_ms and NAME_max_ms; nothing without requests.
  void report(const std::string& name, nlohmann::ordered_json& metrics);

 private:
  std::vector<std::chrono::nanoseconds> times_;
  bool sorted_ = true;
};

}  // namespace esteira::bench
