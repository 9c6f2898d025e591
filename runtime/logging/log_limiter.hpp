#pragma once
#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>

namespace esteira::runtime {

/// Keeps a line that is repeated by every request or every session from flooding the log: tells which of them to write.
/// Thread-safe.
class LogLimiter {
 public:
  /// Admits a key once in `period`, and at most `max_keys` different keys in that time.
  LogLimiter(std::chrono::seconds period, std::size_t max_keys) : period_(period), max_keys_(max_keys) {}

  /// Whether to write the line about `key` now.
  bool admit(const std::string& key);

 private:
  using Clock = std::chrono::steady_clock;

  const std::chrono::seconds period_;
  const std::size_t max_keys_;
  std::mutex mutex_;
  std::map<std::string, Clock::time_point> admitted_;
};

}  // namespace esteira::runtime
