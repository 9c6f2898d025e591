#pragma once
#include "cli/cli_app.hpp"
#include "runtime/orders/operations/dead_letters.hpp"

namespace esteira::cli {

using runtime::orders::DeadLetterFilter;

/// Adds --stage, --order, --reason, --older-than and --since. `filter` must live until the command line is parsed.
void add_filter_options(CLI::App& command, DeadLetterFilter& filter);
/// Adds --stage alone.
void add_stage_option(CLI::App& command, DeadLetterFilter& filter);

}  // namespace esteira::cli
