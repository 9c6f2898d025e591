#pragma once
#include "cli/command.hpp"

namespace esteira::cli {

/// esteira plugin inspect NAME: what the plugin's descriptor says, and the settings it reads. A name is looked for in
/// ESTEIRA_PLUGIN_DIR; one with a '/' is a path. A plugin that does not fit throws ConfigError.
int run_plugin_inspect(const Arguments& arguments);

}  // namespace esteira::cli
