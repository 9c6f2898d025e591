#pragma once

#include "cli/cli_app.hpp"

namespace esteira::cli {

/// `esteira stage list [--json]`: plugin, hosts and messages of each registered stage. Changes nothing.
void add_stage_list(CLI::App& stage);

}  // namespace esteira::cli
