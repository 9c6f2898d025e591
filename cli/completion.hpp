#pragma once

#include "cli/cli_app.hpp"

namespace esteira::cli {

/// `esteira completion bash`: prints a script that completes commands and options in bash, made from the commands of
/// `program` at the time of the call.
void add_completion(CLI::App& program);

}  // namespace esteira::cli
