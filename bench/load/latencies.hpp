#pragma once
#include <chrono>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace esteira::bench {

/// How long each request took. Every time is kept, so that a percentile is a time that was measured.
class Latencies {
 public:
  void add(std::chrono::nanoseconds time);
  [[nodiscard]] std::size_t count() const { return times_.size(); }

  /// The least of the times that at least `share` (0 to 1) of all did not exceed; zero when there is none.
  std::chrono::nanoseconds quantile(double share);

  /// Adds NAME_p50_ms, NAME_p99_ms and NAME_max_ms; nothing when there is no time.
  void report(const std::string& name, nlohmann::ordered_json& metrics);

 private:
  std::vector<std::chrono::nanoseconds> times_;
  bool sorted_ = true;
};

}  // namespace esteira::bench
