#pragma once
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cli/dlq/dead_letters.hpp"

namespace esteira::cli {

/// The first orders of a redrive, watched until they have passed the stage at which they died before.
class Canary {
 public:
  Canary(std::size_t size, std::chrono::milliseconds timeout) : size_(size), timeout_(timeout) {}

  void add(const runtime::orders::DeadLetter& letter) { letters_.push_back(letter); }
  [[nodiscard]] bool complete() const { return size_ > 0 && letters_.size() >= size_; }

  /// Waits; empty when all have passed, else what is wrong. `letters` are those that are held meanwhile.
  std::string watch(runtime::postgres::Session& session, DeadLetters& letters);

 private:
  struct CanaryStatus {
    std::size_t passed = 0;
    std::string failure;
  };
  [[nodiscard]] CanaryStatus look(runtime::postgres::Session& session) const;

  std::size_t size_;
  std::chrono::milliseconds timeout_;
  std::vector<runtime::orders::DeadLetter> letters_;
};

}  // namespace esteira::cli
