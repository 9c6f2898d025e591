#pragma once

#include "cli/cli_app.hpp"

namespace esteira::cli {

/// `esteira help [COMMAND...]`: prints what `--help` prints. The settings from the environment end the help of the
/// program.
void add_help(CLI::App& program);

}  // namespace esteira::cli
