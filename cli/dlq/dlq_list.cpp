#include "cli/dlq/dlq_list.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <limits>
#include <memory>

#include "cli/command_line.hpp"
#include "cli/dlq/dead_letter_filter.hpp"
#include "cli/dlq/dead_letter_text.hpp"
#include "cli/dlq/dead_queues.hpp"
#include "cli/dlq/dlq_session.hpp"
#include "runtime/amqp/broker_error.hpp"

namespace esteira::cli {
namespace {

using runtime::orders::DeadLetterCursor;

constexpr const char* kExamples =
    R"(A dead letter is a failed order, or a message that belongs to none and was kept. The database
has all of them; the command reads no queue and changes nothing.

Examples:
  esteira dlq list --stage enrich --since 1h
  esteira dlq list --reason 'supplier' --json)";

struct ListOptions {
  DeadLetterFilter filter;
  std::optional<std::size_t> limit;
  bool json = false;
};

/// Prints at most `limit` dead letters of this source; returns how many.
std::size_t print_letters(DlqSession& session, const ListOptions& options, DeadLetterCursor::Source source,
                          std::size_t limit) {
  DeadLetterCursor cursor(session.database, options.filter, source);
  std::size_t shown = 0;
  while (shown < limit) {
    const auto page = cursor.next(std::min(DeadLetterCursor::kPage, limit - shown));
    if (page.empty()) break;
    for (const auto& record : page) options.json ? print_json(record) : print_table_row(record);
    shown += page.size();
  }
  return shown;
}

/// The queues are counted, not read. A broker that is away keeps nobody from reading the list.
void print_totals(DlqSession& session, const ListOptions& options, std::size_t shown) {
  DeadLetterFilter all;
  all.stage = options.filter.stage;
  const auto failed = DeadLetterCursor(session.database, all, DeadLetterCursor::Source::failed_orders).count();
  std::fprintf(stderr, "%zu dead letters shown; %zu failed orders", shown, failed);
  try {
    const auto messages = count_messages(find_dead_queues(session.installation, session.database, all.stage));
    std::fprintf(stderr, ", %zu messages in the queues\n", messages);
    if (messages > failed) {
      std::fprintf(stderr, "at least %zu messages belong to no failed order; to list them: esteira dlq collect\n",
                   messages - failed);
    }
  } catch (const runtime::amqp::BrokerError& error) {
    std::fprintf(stderr, "; the queues cannot be counted: %s\n", error.what());
  }
}

int list_dead_letters(const ListOptions& options) {
  const auto limit = options.limit.value_or(std::numeric_limits<std::size_t>::max());
  DlqSession session;
  if (!options.json) print_table_header();
  auto shown = print_letters(session, options, DeadLetterCursor::Source::failed_orders, limit);
  shown += print_letters(session, options, DeadLetterCursor::Source::kept_messages, limit - shown);
  std::fflush(stdout);
  print_totals(session, options, shown);
  return 0;
}

}  // namespace

void add_dlq_list(CLI::App& dlq) {
  const auto options = std::make_shared<ListOptions>();
  auto& command = add_command(dlq, "list", "List dead letters and change nothing.",
                              [options] { return list_dead_letters(*options); });
  add_filter_options(command, options->filter);
  add_count(command, "--limit", options->limit, "List at most this many dead letters (default: all).");
  add_flag(command, "--json", options->json, "Print one JSON object per dead letter.");
  command.footer(kExamples);
}

}  // namespace esteira::cli
