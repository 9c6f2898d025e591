#pragma once
#include "cli/cli_app.hpp"

namespace esteira::cli {

/// `esteira plugin dev`: runs a host with a plugin, and starts it anew when the plugin's file changes.
void add_plugin_dev(CLI::App& plugin);

}  // namespace esteira::cli
