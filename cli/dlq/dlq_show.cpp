#include "cli/dlq/dlq_show.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <memory>
#include <string>

#include "cli/command_line.hpp"
#include "cli/dlq/dead_letter_filter.hpp"
#include "cli/dlq/dead_letter_text.hpp"
#include "cli/dlq/dlq_session.hpp"
#include "runtime/text/uuid.hpp"

namespace esteira::cli {
namespace {

using runtime::orders::DeadLetterCursor;
using runtime::orders::DeadLetterRecord;

constexpr std::size_t kMinKeyDigits = 8;

struct ShowOptions {
  std::string id;
  DeadLetterFilter filter;
  bool json = false;
};

/// An order id, or the message id of a host, which begins with one.
std::optional<std::string> order_in(const std::string& id) {
  return runtime::canonical_uuid(id.substr(0, id.find(':')));
}

std::vector<DeadLetterRecord> find_failed_orders(DlqSession& session, const ShowOptions& options) {
  auto filter = options.filter;
  filter.order = order_in(options.id);
  if (!filter.order) return {};
  return DeadLetterCursor(session.database, filter, DeadLetterCursor::Source::failed_orders)
      .next(DeadLetterCursor::kPage);
}

bool has_id(const DeadLetterRecord& record, const std::string& id) {
  const bool is_key = id.size() >= kMinKeyDigits && record.message_key.starts_with(id);
  return is_key || record.message_id == id || (!record.order_id.empty() && record.order_id == order_in(id));
}

std::vector<DeadLetterRecord> find_kept_messages(DlqSession& session, const ShowOptions& options) {
  DeadLetterCursor cursor(session.database, options.filter, DeadLetterCursor::Source::kept_messages);
  std::vector<DeadLetterRecord> found;
  for (auto page = cursor.next(DeadLetterCursor::kPage); !page.empty(); page = cursor.next(DeadLetterCursor::kPage)) {
    std::ranges::copy_if(page, std::back_inserter(found),
                         [&](const auto& record) { return has_id(record, options.id); });
  }
  return found;
}

int show_dead_letters(const ShowOptions& options) {
  DlqSession session;
  auto found = find_failed_orders(session, options);
  const auto kept = find_kept_messages(session, options);
  found.insert(found.end(), kept.begin(), kept.end());
  const auto bodies = read_bodies(session.database, found);
  for (std::size_t i = 0; i < found.size(); ++i) {
    options.json ? print_json(found[i], bodies[i]) : print_details(found[i], bodies[i]);
  }
  if (!found.empty()) return 0;
  std::fprintf(stderr,
               "esteira: no dead letter has the order id, message id or message key '%s'; see: esteira dlq list\n",
               options.id.c_str());
  return 1;
}

}  // namespace

void add_dlq_show(CLI::App& dlq) {
  const auto options = std::make_shared<ShowOptions>();
  auto& command = add_command(dlq, "show", "Show the dead letters of an order with their bodies.",
                              [options] { return show_dead_letters(*options); });
  add_argument(command, "ID", options->id, "The id of an order or of a message, or a message key.");
  add_stage_option(command, options->filter);
  add_flag(command, "--json", options->json, "Print one JSON object per dead letter.");
}

}  // namespace esteira::cli
