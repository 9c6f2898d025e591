#pragma once
#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace esteira::test {

/// Runs a program. The destructor kills it. Its environment is `environment`, plus PATH and the sanitizers' options of
/// the test.
class Process {
 public:
  Process(const std::filesystem::path& program, const std::vector<std::string>& arguments,
          const std::map<std::string, std::string>& environment);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  void signal(int number);
  /// The exit code, or 128+n when signal n ended the program. Nothing when it still runs after `timeout`.
  std::optional<int> wait(std::chrono::milliseconds timeout = std::chrono::seconds(20));
  /// Its output so far, stdout and stderr together. Complete after a successful `wait`.
  [[nodiscard]] std::string output() const;
  /// Stops reading its output, as a collector of logs that hangs: the pipe fills. It reads on when the program has
  /// ended.
  void hold_output();

 private:
  void read_output();
  void release_output();

  pid_t pid_ = -1;
  int pipe_ = -1;
  std::optional<int> exit_code_;
  mutable std::mutex mutex_;
  std::string output_;
  bool is_held_ = false;
  std::condition_variable released_;
  std::thread reader_;
};

}  // namespace esteira::test
