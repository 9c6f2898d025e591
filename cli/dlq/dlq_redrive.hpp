#pragma once

#include "cli/cli_app.hpp"

namespace esteira::cli {

/// `esteira dlq redrive [filter] [--limit N] [--canary N] [--canary-timeout 60s] [--rate N/s] [--yes] [--json]`: sends
/// orders back to the stage in which they failed, and removes their dead letters. Exits with 1 when the canary failed,
/// when a dead letter contradicts its order, when an order was given up or its payment is given back, or when the user
/// does not confirm.
void add_dlq_redrive(CLI::App& dlq);

}  // namespace esteira::cli
