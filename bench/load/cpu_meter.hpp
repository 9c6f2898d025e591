#pragma once
#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace esteira::bench {

/// Processes whose CPU time is added up: `roots` and their descendants.
struct ProcessGroup {
  std::string name;
  std::vector<pid_t> roots;
};

/// Measures the CPU time of groups of processes since its construction: user and system time, in the kernel's steps of
/// 10 ms. This process is a group of its own, "driver".
class CpuMeter {
 public:
  explicit CpuMeter(std::vector<ProcessGroup> groups);

  /// Adds cpu_GROUP_ms_per_UNIT, and rest_of_machine_cores: the average number of processors used by other processes.
  /// A high value means that the measurement was disturbed.
  void report(std::size_t units, const std::string& unit, nlohmann::ordered_json& metrics) const;

 private:
  struct Sample {
    std::map<std::string, double> group_seconds;
    double machine_seconds = 0;
    std::chrono::steady_clock::time_point at = std::chrono::steady_clock::now();
  };
  [[nodiscard]] Sample take() const;

  const std::vector<ProcessGroup> groups_;
  const Sample before_;
};

/// Adds to the metrics of `orders` orders hops_per_order and cpu_ms_per_hop: the CPU of all groups but the driver,
/// divided by the hops of these orders.
void report_hops(std::size_t hops, std::size_t orders, nlohmann::ordered_json& metrics);

}  // namespace esteira::bench
