#pragma once
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace esteira::runtime {

/// Whether the program can take work, as a list of named conditions. Thread-safe.
class Readiness {
 public:
  /// A condition returns an empty string when it holds, else what is missing in a few words. Must not block.
  using Condition = std::function<std::string()>;

  /// Before the first reader.
  void require(std::string name, Condition condition);

  /// From now on not ready, whatever the conditions say: the program is stopping.
  void stop();

  struct Missing {
    std::string name;
    std::string reason;
  };
  /// Empty when ready.
  [[nodiscard]] std::vector<Missing> missing() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::pair<std::string, Condition>> conditions_;
  bool stopping_ = false;
};

}  // namespace esteira::runtime
