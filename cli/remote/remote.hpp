#pragma once

#include "cli/cli_app.hpp"

namespace esteira::cli {

/// `esteira remote`: commands for authors of remote stages.
void add_remote(CLI::App& program);

}  // namespace esteira::cli
