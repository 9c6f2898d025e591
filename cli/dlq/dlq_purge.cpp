#include "cli/dlq/dlq_purge.hpp"

#include <algorithm>
#include <limits>
#include <memory>

#include "cli/command_line.hpp"
#include "cli/confirm.hpp"
#include "cli/dlq/dead_letter_filter.hpp"
#include "cli/dlq/dlq_session.hpp"
#include "cli/dlq/dlq_summary.hpp"
#include "runtime/orders/operations/dead_letter_messages.hpp"

namespace esteira::cli {
namespace {

namespace orders = runtime::orders;
using orders::DeadLetterCursor;

struct PurgeOptions {
  DeadLetterFilter filter;
  std::optional<std::size_t> limit;
  bool yes = false;
  bool json = false;
};

void purge(DlqSession& session, const orders::DeadLetterRecord& record) {
  orders::DeadLetter letter;
  letter.order_id = record.order_id;
  letter.stage = record.stage;
  letter.redrive = record.redrive;
  letter.reason = record.reason;
  // A message that is not an order belongs to no timeline, so its purge is recorded nowhere.
  if (!letter.order_id.empty()) purge_dead_letter(session.database, letter);
  if (!record.message_key.empty()) orders::remove_kept_message(session.database, record.message_key);
}

void purge_all(DlqSession& session, DeadLetterCursor& cursor, std::size_t limit, DlqSummary& summary) {
  while (summary.purged < limit) {
    const auto page = cursor.next(std::min(DeadLetterCursor::kPage, limit - summary.purged));
    if (page.empty()) return;
    for (const auto& record : page) {
      purge(session, record);
      ++summary.purged;
      summary.show_progress("purge");
    }
  }
}

int purge_dead_letters(const PurgeOptions& options) {
  const auto limit = options.limit.value_or(std::numeric_limits<std::size_t>::max());
  DlqSession session;
  session.installation.require_own_broker(session.database);
  DeadLetterCursor failed_orders(session.database, options.filter, DeadLetterCursor::Source::failed_orders);
  const auto kept = DeadLetterCursor(session.database, options.filter, DeadLetterCursor::Source::kept_messages).count();
  const auto matching = std::min(limit, failed_orders.count() + kept);
  if (!options.yes && !confirm("purge up to " + std::to_string(matching) + " dead letters")) return 1;
  DlqSummary summary;
  purge_all(session, failed_orders, limit, summary);
  summary.messages = drain_after_command(session.installation, session.database, options.filter.stage, summary.purged);
  DeadLetterCursor kept_messages(session.database, options.filter, DeadLetterCursor::Source::kept_messages);
  purge_all(session, kept_messages, limit, summary);
  summary.print("purge", options.json);
  return 0;
}

}  // namespace

void add_dlq_purge(CLI::App& dlq) {
  const auto options = std::make_shared<PurgeOptions>();
  auto& command = add_command(dlq, "purge", "Give dead letters up for good; their orders stay failed.",
                              [options] { return purge_dead_letters(*options); });
  add_filter_options(command, options->filter);
  add_count(command, "--limit", options->limit, "Purge at most this many dead letters (default: all).");
  add_flag(command, "--yes", options->yes, "Do not ask for confirmation; required without a terminal.");
  add_flag(command, "--json", options->json, "Print the summary as a JSON object.");
}

}  // namespace esteira::cli
