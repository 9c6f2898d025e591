#include "bench/load/cpu_meter.hpp"

#include <unistd.h>

#include "bench/load/processes.hpp"

namespace esteira::bench {
namespace {

constexpr auto kDriver = "driver";

std::vector<ProcessGroup> with_this_process(std::vector<ProcessGroup> groups) {
  groups.push_back({kDriver, {::getpid()}});
  return groups;
}

}  // namespace

CpuMeter::CpuMeter(std::vector<ProcessGroup> groups) : groups_(with_this_process(std::move(groups))), before_(take()) {}

CpuMeter::Sample CpuMeter::take() const {
  Sample sample;
  const auto table = read_processes();
  for (const auto& group : groups_) {
    double seconds = 0;
    for (const auto root : group.roots) seconds += process_tree_cpu_seconds(table, root);
    sample.group_seconds[group.name] = seconds;
  }
  sample.machine_seconds = machine_cpu_seconds();
  return sample;
}

void CpuMeter::report(std::size_t units, const std::string& unit, nlohmann::ordered_json& metrics) const {
  const auto after = take();
  auto rest = after.machine_seconds - before_.machine_seconds;
  for (const auto& group : groups_) {
    const auto used = after.group_seconds.at(group.name) - before_.group_seconds.at(group.name);
    rest -= used;
    if (units > 0) metrics["cpu_" + group.name + "_ms_per_" + unit] = used * 1000 / static_cast<double>(units);
  }
  metrics["rest_of_machine_cores"] = rest / std::chrono::duration<double>(after.at - before_.at).count();
}

void report_hops(std::size_t hops, std::size_t orders, nlohmann::ordered_json& metrics) {
  if (hops == 0 || orders == 0) return;
  double order_ms = 0;
  for (const auto& [name, value] : metrics.items()) {
    const bool is_of_a_group = name.starts_with("cpu_") && name.ends_with("_ms_per_order");
    if (is_of_a_group && name != std::string("cpu_").append(kDriver).append("_ms_per_order"))
      order_ms += value.get<double>();
  }
  const auto hops_per_order = static_cast<double>(hops) / static_cast<double>(orders);
  metrics["hops_per_order"] = hops_per_order;
  metrics["cpu_ms_per_hop"] = order_ms / hops_per_order;
}

}  // namespace esteira::bench
