#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "cli/cli_app.hpp"
#include "cli/dlq/dead_letter_message.hpp"

namespace esteira::cli {

/// The dead letters that a command works on. A condition that is not set accepts every dead letter.
struct DeadLetterFilter {
  std::optional<std::string> stage;
  std::optional<std::string> order;   ///< an order id in canonical form
  std::optional<std::string> reason;  ///< a part of the reason
  std::optional<std::chrono::milliseconds> older_than;

  /// Checks every condition but `stage`, which selects the queues. `now` is in seconds since 1970. A dead letter of
  /// unknown age does not match `older_than`.
  [[nodiscard]] bool matches(const DeadLetterMessage& message, std::int64_t now) const;
};

/// Adds --stage, --order, --reason and --older-than. `filter` must live until the command line is parsed.
void add_filter_options(CLI::App& command, DeadLetterFilter& filter);
/// Adds --stage alone.
void add_stage_option(CLI::App& command, DeadLetterFilter& filter);

}  // namespace esteira::cli
