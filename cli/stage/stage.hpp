#pragma once

#include "cli/cli_app.hpp"

namespace esteira::cli {

/// `esteira stage`: shows the stages of the installation, pauses and resumes one, and removes one.
void add_stage(CLI::App& program);

}  // namespace esteira::cli
