#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>

#include "bench/report/results.hpp"

namespace esteira::bench {
namespace {

constexpr int kColumns = 160;

/// Shows enough significant digits: no decimals from 100 on.
std::string number(double value) {
  std::array<char, 32> text{};
  const auto size = std::abs(value);
  const int decimals = size >= 100 || size == std::floor(size) ? 0 : size >= 1 ? 2 : 4;
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

template <class... Values>
std::string line(const char* format, const Values&... values) {
  std::array<char, kColumns> text{};
  std::snprintf(text.data(), text.size(), format, values...);
  return std::string(text.data()) + '\n';
}

std::string point_table(const std::string& name, const Json& point) {
  const int runs = point.at("runs");
  auto table =
      line("\n%-44s %12s %12s %12s", (name + " (" + std::to_string(runs) + (runs == 1 ? " run)" : " runs)")).c_str(),
           "median", "min", "max");
  for (const auto& [metric, values] : point.at("metrics").items()) {
    table += line("  %-42s %12s %12s %12s", metric.c_str(), number(values.at("median")).c_str(),
                  number(values.at("min")).c_str(), number(values.at("max")).c_str());
  }
  return table;
}

double orders_per_second(const Json& point) { return point.at("metrics").at("orders_per_s").at("median"); }

bool overlap(const Json& a, const Json& b) {
  return a.at("min").get<double>() <= b.at("max").get<double>() &&
         b.at("min").get<double>() <= a.at("max").get<double>();
}

std::string compare_metrics(const Json& before, const Json& after) {
  std::string table;
  for (const auto& [metric, old] : before.items()) {
    if (!after.contains(metric)) continue;
    const double a = old.at("median");
    const double b = after.at(metric).at("median");
    const auto ratio = a == 0 ? std::string(b == 0 ? "1.00" : "-") : line("%.2f", b / a);
    table += line("  %-42s %12s %12s %8s  %s", metric.c_str(), number(a).c_str(), number(b).c_str(),
                  ratio.substr(0, ratio.find('\n')).c_str(), overlap(old, after.at(metric)) ? "(ranges overlap)" : "");
  }
  return table;
}

}  // namespace

std::string to_table(const Json& document) {
  std::string table;
  for (const auto& [name, value] : document.at("settings").items()) {
    table += line("%-14s %s", name.c_str(), value.get<std::string>().c_str());
  }
  for (const auto& [name, point] : document.at("points").items()) table += point_table(name, point);
  return table + ceiling_shares(document);
}

std::string ceiling_shares(const Json& document) {
  constexpr std::string_view kThroughput = "throughput/";
  const auto& points = document.at("points");
  std::string table;
  for (const auto& [name, point] : points.items()) {
    if (!name.starts_with(kThroughput)) continue;
    const auto connections = name.substr(kThroughput.size(), name.find(' ') - kThroughput.size());
    for (const auto* kind : {"postgresql", "rabbitmq", "both"}) {
      const auto ceiling =
          points.find(std::string("ceilings/").append(kind).append(", batches of ").append(connections));
      if (ceiling == points.end()) continue;
      const auto ours = orders_per_second(point);
      const auto theirs = orders_per_second(*ceiling);
      table += line("  %-32s %9s %12s %12s %8.2f", name.c_str(), number(ours).c_str(), kind, number(theirs).c_str(),
                    ours / theirs);
    }
  }
  if (table.empty()) return table;
  return line("\n%-34s %9s %12s %12s %8s", "product / ceiling", "orders/s", "ceiling", "orders/s", "share") + table;
}

std::string compare(const Json& before, const Json& after) {
  std::string table;
  for (const auto& [name, point] : before.at("points").items()) {
    if (!after.at("points").contains(name)) continue;
    table += line("\n%-44s %12s %12s %8s", name.c_str(), "before", "after", "ratio");
    table += compare_metrics(point.at("metrics"), after.at("points").at(name).at("metrics"));
  }
  return table.empty() ? "The two results have no point in common.\n" : table;
}

}  // namespace esteira::bench
