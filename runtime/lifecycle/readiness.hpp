#pragma once
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace esteira::runtime {

/// Whether the program can take work: a list of named conditions, as /readyz reports them. Thread-safe.
class Readiness {
 public:
  /// Returns the unready reason in a few words; an empty string when the condition holds. Must not block.
  using Condition = std::function<std::string()>;

  /// Adds a condition.
  void require(std::string name, Condition condition);

  /// Adds a line that /readyz shows beside the status. It does not make the program unready.
  void note(std::string name, Condition text);

  /// Marks the program as stopping: it is not ready from now on, whatever the conditions say.
  void stop();

  /// A condition that does not hold.
  struct Missing {
    std::string name;
    std::string reason;
  };
  /// The conditions that do not hold; empty when the program is ready. Calls all conditions, one caller at a time.
  [[nodiscard]] std::vector<Missing> missing() const;
  /// The notes, by name. One caller at a time.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> notes() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::pair<std::string, Condition>> conditions_;
  std::vector<std::pair<std::string, Condition>> notes_;
  bool stopping_ = false;
};

}  // namespace esteira::runtime
