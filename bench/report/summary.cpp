#include <algorithm>
#include <vector>

#include "bench/report/results.hpp"

namespace esteira::bench {
namespace {

double median(const std::vector<double>& sorted) {
  const auto middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

Json spread(std::vector<double> values) {
  std::ranges::sort(values);
  return {{"median", median(values)}, {"min", values.front()}, {"max", values.back()}};
}

}  // namespace

Json summarize(std::istream& lines) {
  Json all = Json::object();
  for (std::string line; std::getline(lines, line);) {
    const auto measured = Json::parse(line);
    auto& point = all[measured.at("point").get<std::string>()];
    point["runs"] = point.is_null() ? 1 : point["runs"].get<int>() + 1;
    for (const auto& [name, value] : measured.at("metrics").items()) point["metrics"][name].push_back(value);
  }
  for (auto& point : all) {
    for (auto& metric : point["metrics"]) metric = spread(metric.get<std::vector<double>>());
  }
  return all;
}

}  // namespace esteira::bench
