#pragma once

#include "cli/cli_app.hpp"

namespace esteira::cli {

/// `esteira plugin inspect PLUGIN`: prints the descriptor of a plugin and the settings it reads. A name is looked up in
/// ESTEIRA_PLUGIN_DIR; an argument with a slash is a path. An incompatible plugin is a ConfigError.
void add_plugin(CLI::App& program);

}  // namespace esteira::cli
