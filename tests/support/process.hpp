#pragma once
#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace esteira::test {

/// A program run by a test, killed at the end if it still runs. Its environment is `environment` and, of the test's
/// own, only PATH and the sanitizers' options.
class Process {
 public:
  Process(const std::filesystem::path& program, const std::vector<std::string>& arguments,
          const std::map<std::string, std::string>& environment);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  void signal(int number);
  /// Its exit code, 128+n when signal n ended it; nothing when it still runs after `timeout`.
  std::optional<int> wait(std::chrono::milliseconds timeout = std::chrono::seconds(20));
  /// What it has written so far, stdout and stderr together. After a successful wait: everything.
  [[nodiscard]] std::string output() const;

 private:
  void read_output();

  pid_t pid_ = -1;
  int pipe_ = -1;
  std::optional<int> exit_code_;
  mutable std::mutex mutex_;
  std::string output_;
  std::thread reader_;
};

}  // namespace esteira::test
