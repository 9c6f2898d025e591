#pragma once

#include "cli/cli_app.hpp"

namespace esteira::cli {

/// `esteira dlq purge [filter] [--limit N] [--yes] [--json]`: removes dead letters for good. Exits with 1 when the user
/// does not confirm.
void add_dlq_purge(CLI::App& dlq);

}  // namespace esteira::cli
