#include "cli/stage/stage.hpp"

#include "cli/command_line.hpp"
#include "cli/stage/stage_forget.hpp"
#include "cli/stage/stage_list.hpp"

namespace esteira::cli {

void add_stage(CLI::App& program) {
  auto& stage = add_group(program, "stage", "Show the stages of the installation, or remove one.");
  add_stage_list(stage);
  add_stage_forget(stage);
}

}  // namespace esteira::cli
