#pragma once

#include "cli/cli_app.hpp"

namespace esteira::cli {

/// `esteira prune --older-than 90d [--dry-run] [--json]`: deletes old orders that have ended, in small batches. Safe
/// while orders are processed.
void add_prune(CLI::App& program);

}  // namespace esteira::cli
