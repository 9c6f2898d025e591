#pragma once
#include <cstddef>
#include <string>

#include "cli/dlq/dead_queue_drain.hpp"
#include "runtime/orders/operations/redrive.hpp"

namespace esteira::cli {

/// Counts what a redrive or purge did with each dead letter.
struct DlqSummary {
  std::size_t redriven = 0;
  std::size_t purged = 0;
  std::size_t stale = 0;  ///< another program was faster
  std::size_t malformed = 0;
  std::size_t unknown_order = 0;
  std::size_t refused = 0;
  std::size_t unreadable = 0;       ///< PostgreSQL cannot read the order, which the log names
  std::size_t left = 0;             ///< not attempted, because the canary stopped the redrive
  DeadQueueDrain::Counts messages;  ///< what happened to the messages in the dead-letter queues

  void count(runtime::orders::RedriveResult result);
  /// All but `left` and `messages`.
  [[nodiscard]] std::size_t total() const;
  /// Prints a line on stderr after each hundred dead letters. `command` is "redrive" or "purge".
  void show_progress(const char* command) const;
  /// Prints the counters on stdout. `canary` is its state, or empty for a command without a canary.
  void print(bool json, const std::string& canary) const;
};

/// Prints the counters of a drain on stdout.
void print_counts(const DeadQueueDrain::Counts& counts, bool json);

}  // namespace esteira::cli
