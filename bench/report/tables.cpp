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

double median_of(const Json& metrics, const std::string& name) { return metrics.at(name).at("median"); }

std::string hop_line(const std::string& name, double plain, double plain_hops, double other, double other_hops) {
  const auto hop = plain / plain_hops;
  const auto other_hop = other / other_hops;
  return line("  %-42s %10s %10s %10s %10s %8s", name.c_str(), number(plain).c_str(), number(other).c_str(),
              number(hop).c_str(), number(other_hop).c_str(), hop == 0 ? "-" : number(other_hop / hop).c_str());
}

/// The lines of one load: `plain` are the metrics of the default workflow, `other` those of checkout.
std::string hop_lines(const Json& plain, const Json& other) {
  constexpr std::string_view kCpu = "cpu_";
  constexpr std::string_view kOrder = "_ms_per_order";
  const auto plain_hops = median_of(plain, "hops_per_order");
  const auto other_hops = median_of(other, "hops_per_order");
  double plain_sum = 0;
  double other_sum = 0;
  std::string table;
  for (const auto& [name, values] : plain.items()) {
    if (!name.starts_with(kCpu) || !name.ends_with(kOrder) || name == "cpu_driver_ms_per_order") continue;
    const auto a = median_of(plain, name);
    const auto b = median_of(other, name);
    const auto group = name.substr(kCpu.size(), name.size() - kCpu.size() - kOrder.size());
    table += hop_line("CPU of " + group + ", ms", a, plain_hops, b, other_hops);
    plain_sum += a;
    other_sum += b;
  }
  table += hop_line("CPU in all, ms", plain_sum, plain_hops, other_sum, other_hops);
  return table + line("  %-42s %10s %10s", "hops an order", number(plain_hops).c_str(), number(other_hops).c_str()) +
         line("  %-42s %10s %10s", "orders a second", number(median_of(plain, "orders_per_s")).c_str(),
              number(median_of(other, "orders_per_s")).c_str());
}

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
  return table + ceiling_shares(document) + hop_costs(document);
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

std::string hop_costs(const Json& document) {
  constexpr std::string_view kPlain = "checkout/default, ";
  const auto& points = document.at("points");
  std::string table;
  for (const auto& [name, point] : points.items()) {
    if (!name.starts_with(kPlain)) continue;
    const auto load = name.substr(kPlain.size());
    const auto other = points.find("checkout/checkout, " + load);
    if (other == points.end()) continue;
    table += line("\n%-44s %10s %10s %10s %10s %8s", load.c_str(), "default", "checkout", "a hop", "a hop", "ratio");
    table += hop_lines(point.at("metrics"), other->at("metrics"));
  }
  return table;
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
