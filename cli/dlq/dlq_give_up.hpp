#pragma once

#include "cli/cli_app.hpp"

namespace esteira::cli {

/// `esteira dlq give-up [filter] [--limit N] [--note TEXT] [--dry-run] [--yes] [--json]`: refuses orders in the name of
/// the stage at which they failed: publishes its refused event, and removes the dead letters. Exits with 1 when a dead
/// letter was not given up, or when the user does not confirm.
void add_dlq_give_up(CLI::App& dlq);

}  // namespace esteira::cli
