#pragma once

#include "cli/cli_app.hpp"

namespace esteira::cli {

/// `esteira plugin try PLUGIN`: runs the handler of a plugin on orders, without a broker or a database, and prints the
/// outcomes. The command ends with 0 when every outcome is `done`, else with 1.
void add_plugin_try(CLI::App& plugin);

}  // namespace esteira::cli
