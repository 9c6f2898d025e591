#include "bench/load/latencies.hpp"

#include <algorithm>
#include <cmath>

namespace esteira::bench {

void Latencies::add(std::chrono::nanoseconds time) {
  times_.push_back(time);
  sorted_ = false;
}

std::chrono::nanoseconds Latencies::quantile(double share) {
  if (times_.empty()) return {};
  if (!sorted_) std::ranges::sort(times_);
  sorted_ = true;
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(times_.size())));
  return times_[std::clamp<std::size_t>(rank, 1, times_.size()) - 1];
}

void Latencies::report(const std::string& name, nlohmann::ordered_json& metrics) {
  if (times_.empty()) return;
  const auto ms = [this](double share) { return static_cast<double>(quantile(share).count()) / 1e6; };
  metrics[name + "_p50_ms"] = ms(0.5);
  metrics[name + "_p99_ms"] = ms(0.99);
  metrics[name + "_max_ms"] = ms(1);
}

}  // namespace esteira::bench
