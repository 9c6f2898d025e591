#pragma once

#include "cli/cli_app.hpp"

namespace esteira::cli {

/// `esteira audit [--grace-period 60s] [--repair] [--json]`: checks that every order is consistent and in progress.
/// Safe while orders are processed. Exits with 0 for no findings, 1 for findings, 2 for wrong options or settings, 3
/// when PostgreSQL or RabbitMQ cannot be reached.
void add_audit(CLI::App& program);

}  // namespace esteira::cli
