#pragma once

#include "cli/cli_app.hpp"

namespace esteira::cli {

/// `esteira dlq show ID [--stage STAGE] [--json]`: prints the dead letters of an order or of a message id, with their
/// bodies. Exits with 1 when there is none.
void add_dlq_show(CLI::App& dlq);

}  // namespace esteira::cli
