#pragma once

#include "cli/cli_app.hpp"

namespace esteira::cli {

/// `esteira stage pause STAGE [--reason TEXT]`: the hosts of the stage start no handler until it is resumed. Changes
/// nothing when the stage is paused already, except the reason. Exits with 1 for an unknown stage.
void add_stage_pause(CLI::App& stage);
/// `esteira stage resume STAGE`. Changes nothing when the stage is not paused.
void add_stage_resume(CLI::App& stage);

}  // namespace esteira::cli
