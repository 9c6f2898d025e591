#pragma once
#include <cstddef>
#include <string>

#include "cli/dlq/dead_queue_drain.hpp"
#include "runtime/orders/operations/redrive.hpp"

namespace esteira::cli {

/// Counts what a redrive, a give-up or a purge did with each dead letter.
struct DlqSummary {
  std::size_t redriven = 0;
  std::size_t given_up = 0;  ///< by a give-up; with a redrive: by another program
  std::size_t purged = 0;
  std::size_t stale = 0;  ///< another program was faster
  std::size_t malformed = 0;
  std::size_t unknown_order = 0;
  std::size_t refused = 0;
  std::size_t order_ended = 0;      ///< redrive: the order was refused or cancelled, and the stage charges or ships
  std::size_t no_event = 0;         ///< give-up: the stage has no refused event that a stage consumes
  std::size_t unreadable = 0;       ///< PostgreSQL cannot read the order, which the log names
  std::size_t left = 0;             ///< not attempted, because the canary stopped the redrive
  DeadQueueDrain::Counts messages;  ///< what happened to the messages in the dead-letter queues

  void count(runtime::orders::RedriveResult result);
  /// All but `left` and `messages`.
  [[nodiscard]] std::size_t total() const;
  /// Prints a line on stderr after each hundred dead letters. `command` is "redrive", "give-up" or "purge".
  void show_progress(const char* command) const;
  /// Prints the counters on stdout. `command` as above; `canary` is its state, or empty for a command without a canary.
  void print(const std::string& command, bool json, const std::string& canary = {}) const;
};

/// Prints the counters of a drain on stdout.
void print_counts(const DeadQueueDrain::Counts& counts, bool json);

}  // namespace esteira::cli
