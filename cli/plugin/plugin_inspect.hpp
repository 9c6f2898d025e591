#pragma once

#include "cli/cli_app.hpp"

namespace esteira::cli {

/// `esteira plugin inspect PLUGIN`: prints the descriptor of a plugin and the settings it reads. An incompatible plugin
/// is a ConfigError.
void add_plugin_inspect(CLI::App& plugin);

}  // namespace esteira::cli
