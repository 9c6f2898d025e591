#include "cli/dlq/dlq.hpp"

#include "cli/command_line.hpp"
#include "cli/dlq/dlq_collect.hpp"
#include "cli/dlq/dlq_give_up.hpp"
#include "cli/dlq/dlq_list.hpp"
#include "cli/dlq/dlq_purge.hpp"
#include "cli/dlq/dlq_redrive.hpp"
#include "cli/dlq/dlq_show.hpp"

namespace esteira::cli {

void add_dlq(CLI::App& program) {
  auto& dlq =
      add_group(program, "dlq", "List, show, redrive, give up or purge dead letters: failed orders, messages of none.");
  add_dlq_list(dlq);
  add_dlq_show(dlq);
  add_dlq_redrive(dlq);
  add_dlq_give_up(dlq);
  add_dlq_purge(dlq);
  add_dlq_collect(dlq);
}

}  // namespace esteira::cli
