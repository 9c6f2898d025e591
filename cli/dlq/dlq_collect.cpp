#include "cli/dlq/dlq_collect.hpp"

#include <limits>
#include <memory>
#include <stdexcept>

#include "cli/command_line.hpp"
#include "cli/dlq/dead_letter_filter.hpp"
#include "cli/dlq/dlq_session.hpp"
#include "cli/dlq/dlq_summary.hpp"

namespace esteira::cli {
namespace {

struct CollectOptions {
  DeadLetterFilter filter;
  bool json = false;
};

int collect_messages(const CollectOptions& options) {
  DlqSession session;
  session.installation.require_own_broker(session.database);
  const auto queues = find_dead_queues(session.installation, session.database, options.filter.stage);
  const auto counts =
      DeadQueueDrain(session.installation, session.database).run(queues, std::numeric_limits<std::size_t>::max());
  if (counts.is_locked) throw std::runtime_error("another command is reading the dead-letter queues; try again later");
  print_counts(counts, options.json);
  return 0;
}

}  // namespace

void add_dlq_collect(CLI::App& dlq) {
  const auto options = std::make_shared<CollectOptions>();
  auto& command = add_command(
      dlq, "collect", "Move messages that belong to no failed order from the dead-letter queues into the database.",
      [options] { return collect_messages(*options); });
  add_stage_option(command, options->filter);
  add_flag(command, "--json", options->json, "Print the counters as a JSON object.");
}

}  // namespace esteira::cli
