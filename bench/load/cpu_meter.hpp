#pragma once
#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace esteira::bench {

/// Processes that are accounted for together: these and all that they started.
struct ProcessGroup {
  std::string name;
  std::vector<pid_t> roots;
};

/// What groups of processes have used of the processors since it was made: user and system time, in the kernel's steps
/// of 10 ms. This process counts apart, as "driver".
class CpuMeter {
 public:
  explicit CpuMeter(std::vector<ProcessGroup> groups);

  /// Adds cpu_GROUP_ms_per_UNIT, and rest_of_machine_cores: how many processors were busy, on average, with work of
  /// none of the groups. Much of it means that the measurement was disturbed.
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

}  // namespace esteira::bench
