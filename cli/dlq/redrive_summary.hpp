#pragma once
#include <cstddef>
#include <string>

#include "cli/dlq/dead_letters.hpp"

namespace esteira::cli {

/// What became of the letters of one run of a command.
struct RedriveSummary {
  std::size_t redriven = 0;
  std::size_t purged = 0;
  std::size_t stale = 0;
  std::size_t malformed = 0;
  std::size_t unknown_order = 0;
  std::size_t refused = 0;
  std::size_t left = 0;

  void count(runtime::orders::RedriveResult fate);
  [[nodiscard]] std::size_t total() const;
  /// On stderr, now and then.
  void show_progress(const char* doing) const;
  /// On stdout, at the end; `canary` is empty for a command that has none.
  void print(bool json, const std::string& canary) const;
};

}  // namespace esteira::cli
