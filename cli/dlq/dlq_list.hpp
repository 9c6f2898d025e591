#pragma once

#include "cli/cli_app.hpp"

namespace esteira::cli {

/// `esteira dlq list [filter] [--limit N] [--json]`: prints dead letters and changes nothing.
void add_dlq_list(CLI::App& dlq);

}  // namespace esteira::cli
