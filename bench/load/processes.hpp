#pragma once
#include <sys/types.h>

#include <cstddef>
#include <map>
#include <string_view>

namespace esteira::bench {

/// A process as /proc shows it.
struct ProcessStat {
  pid_t parent = 0;
  double cpu_seconds = 0;  ///< its own and that of its reaped children
};
using ProcessTable = std::map<pid_t, ProcessStat>;

/// Reads the text of /proc/PID/stat. Throws std::runtime_error for any other text.
ProcessStat parse_stat(std::string_view text);

ProcessTable read_processes();
/// CPU time of a process and its descendants.
double process_tree_cpu_seconds(const ProcessTable& table, pid_t root);
/// Busy time of all processors since boot, without idle time and waiting for disks.
double machine_cpu_seconds();

struct Footprint {
  double rss_mb = 0;
  double peak_mb = 0;  ///< the peak since the process started
  int threads = 0;
};
/// Memory and threads of a process; all zero when it does not exist.
Footprint footprint(pid_t pid);

}  // namespace esteira::bench
