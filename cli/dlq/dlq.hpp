#pragma once

#include "cli/cli_app.hpp"

namespace esteira::cli {

/// `esteira dlq list|show|redrive|purge`: the commands for dead letters.
void add_dlq(CLI::App& program);

}  // namespace esteira::cli
