#pragma once

#include "cli/cli_app.hpp"

namespace esteira::cli {

/// `esteira version`: prints the version.
void add_version(CLI::App& program);

}  // namespace esteira::cli
