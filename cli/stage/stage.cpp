#include "cli/stage/stage.hpp"

#include "cli/command_line.hpp"
#include "cli/stage/stage_forget.hpp"
#include "cli/stage/stage_list.hpp"
#include "cli/stage/stage_pause.hpp"

namespace esteira::cli {

void add_stage(CLI::App& program) {
  auto& stage = add_group(program, "stage", "Show the stages of the installation, pause one, or remove one.");
  add_stage_list(stage);
  add_stage_pause(stage);
  add_stage_resume(stage);
  add_stage_forget(stage);
}

}  // namespace esteira::cli
