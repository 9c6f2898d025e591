#include "cli/dlq/dlq_purge.hpp"

#include <limits>
#include <memory>

#include "cli/command_line.hpp"
#include "cli/confirm.hpp"
#include "cli/dlq/dlq_session.hpp"
#include "cli/dlq/dlq_summary.hpp"

namespace esteira::cli {
namespace {

struct PurgeOptions {
  DeadLetterFilter filter;
  std::optional<std::size_t> limit;
  bool yes = false;
  bool json = false;
};

int purge_dead_letters(const PurgeOptions& options) {
  const auto limit = options.limit.value_or(std::numeric_limits<std::size_t>::max());
  DlqSession session(options.filter);
  const auto question = "purge up to " + std::to_string(session.reader->size()) + " dead letters";
  if (!options.yes && !confirm(question)) return 1;
  DlqSummary summary;
  while (summary.purged < limit) {
    const auto message = session.reader->next();
    if (!message) break;
    // A malformed dead letter belongs to no order, so the purge is recorded nowhere.
    if (message->fault.empty()) purge_dead_letter(session.database, message->letter);
    session.reader->remove(*message);
    ++summary.purged;
    summary.show_progress("purge");
  }
  summary.print(options.json, "");
  return 0;
}

}  // namespace

void add_dlq_purge(CLI::App& dlq) {
  const auto options = std::make_shared<PurgeOptions>();
  auto& command = add_command(dlq, "purge", "Remove dead letters for good; their orders are failed.",
                              [options] { return purge_dead_letters(*options); });
  add_filter_options(command, options->filter);
  add_count(command, "--limit", options->limit, "Purge at most this many dead letters (default: all).");
  add_flag(command, "--yes", options->yes, "Do not ask for confirmation; required without a terminal.");
  add_flag(command, "--json", options->json, "Print the summary as a JSON object.");
}

}  // namespace esteira::cli
