#pragma once
#include <atomic>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <thread>

#include "tests/faults/deployment.hpp"

namespace esteira::faults {

/// A person who looks after a deployment while it runs: now and then sends failed orders back to work, whatever else is
/// going on. The choices depend only on the seed. A command that fails, because a server is down, is not repeated.
class Operators {
 public:
  Operators(Deployment& deployment, std::uint64_t seed);
  ~Operators() { stop(); }
  Operators(const Operators&) = delete;
  Operators& operator=(const Operators&) = delete;

  void stop();  ///< when the current command has ended
  /// How often a command ended with which exit code, by "command: exit code". After `stop`.
  [[nodiscard]] const std::map<std::string, int>& results() const { return results_; }

 private:
  void run();
  void run_command();

  const std::map<std::string, std::string> environment_;
  std::mt19937_64 random_;
  std::map<std::string, int> results_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace esteira::faults
