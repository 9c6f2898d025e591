#pragma once

#include "cli/cli_app.hpp"

namespace esteira::cli {

/// `esteira remote check URL`: sends made-up messages to a service and prints, a line for each check, whether it keeps
/// to docs/remote-stage.md. The command ends with 0 when it does, else with 1.
void add_remote_check(CLI::App& remote);

}  // namespace esteira::cli
