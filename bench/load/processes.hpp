#pragma once
#include <sys/types.h>

#include <cstddef>
#include <map>
#include <string_view>

namespace esteira::bench {

/// What /proc says of a process.
struct ProcessStat {
  pid_t parent = 0;
  double cpu_seconds = 0;  ///< its own, and that of its children that have ended and were waited for
};
using ProcessTable = std::map<pid_t, ProcessStat>;

/// Reads the text of /proc/PID/stat. Throws std::runtime_error when it is none.
ProcessStat parse_stat(std::string_view text);

ProcessTable read_processes();
/// Of a process and everything it started.
double family_cpu_seconds(const ProcessTable& table, pid_t root);
/// Of all processors, since the machine was started: everything but idling and waiting for disks.
double machine_cpu_seconds();

struct Footprint {
  double rss_mb = 0;
  double peak_mb = 0;  ///< the most it ever was
  int threads = 0;
};
/// All zero when there is no such process.
Footprint footprint(pid_t pid);

}  // namespace esteira::bench
