#pragma once

#include "cli/cli_app.hpp"

namespace esteira::cli {

/// `esteira plugin new NAME`: writes the sources of a plugin that builds, with a test, into a new folder.
void add_plugin_new(CLI::App& plugin);

}  // namespace esteira::cli
