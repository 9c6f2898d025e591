#include "bench/load/processes.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "runtime/text/parse_integer.hpp"

namespace esteira::bench {
namespace {

double to_seconds(double ticks) { return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK)); }

/// Empty when the file cannot be read, because the process has just ended.
std::string first_line(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

pid_t to_pid(const std::string& name) { return runtime::parse_integer<pid_t>(name).value_or(0); }

}  // namespace

ProcessStat parse_stat(std::string_view text) {
  // The name, in parentheses, may contain any character. The fields follow it.
  const auto name_end = text.rfind(')');
  if (name_end == std::string_view::npos) throw std::runtime_error("not a line of /proc/PID/stat");
  std::istringstream fields{std::string(text.substr(name_end + 1))};
  std::string word;
  ProcessStat stat;
  fields >> word >> stat.parent;
  constexpr int kBetween = 9;
  for (int i = 0; i < kBetween; ++i) fields >> word;
  double ticks = 0;
  for (int i = 0; i < 4; ++i) {  // utime, stime, cutime, cstime
    double value = 0;
    fields >> value;
    ticks += value;
  }
  if (!fields) throw std::runtime_error("not a line of /proc/PID/stat");
  stat.cpu_seconds = to_seconds(ticks);
  return stat;
}

ProcessTable read_processes() {
  ProcessTable table;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto pid = to_pid(entry.path().filename());
    if (pid == 0) continue;
    const auto text = first_line(entry.path() / "stat");
    if (!text.empty()) table[pid] = parse_stat(text);
  }
  return table;
}

double process_tree_cpu_seconds(const ProcessTable& table, pid_t root) {
  double seconds = 0;
  for (const auto& [pid, stat] : table) {
    auto ancestor = pid;
    while (ancestor != root && table.contains(ancestor)) ancestor = table.at(ancestor).parent;
    if (ancestor == root) seconds += stat.cpu_seconds;
  }
  return seconds;
}

double machine_cpu_seconds() {
  std::istringstream fields(first_line("/proc/stat"));
  std::string word;
  double user = 0;
  double nice = 0;
  double system = 0;
  double idle = 0;
  double waiting = 0;
  double interrupts = 0;
  double soft_interrupts = 0;
  fields >> word >> user >> nice >> system >> idle >> waiting >> interrupts >> soft_interrupts;
  return to_seconds(user + nice + system + interrupts + soft_interrupts);
}

Footprint footprint(pid_t pid) {
  constexpr double kKbPerMb = 1024;
  Footprint result;
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; status >> word;) {
    if (word == "VmRSS:" && status >> result.rss_mb) result.rss_mb /= kKbPerMb;
    if (word == "VmHWM:" && status >> result.peak_mb) result.peak_mb /= kKbPerMb;
    if (word == "Threads:") status >> result.threads;
  }
  return result;
}

}  // namespace esteira::bench
