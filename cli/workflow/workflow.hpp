#pragma once

#include "cli/cli_app.hpp"

namespace esteira::cli {

/// `esteira workflow`: shows and checks how the registered stages are connected.
void add_workflow(CLI::App& program);

}  // namespace esteira::cli
