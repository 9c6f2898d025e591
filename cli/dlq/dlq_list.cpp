#include "cli/dlq/dlq_list.hpp"

#include <cstdio>
#include <limits>
#include <memory>

#include "cli/command_line.hpp"
#include "cli/dlq/dead_letter_text.hpp"
#include "cli/dlq/dlq_session.hpp"

namespace esteira::cli {
namespace {

struct ListOptions {
  DeadLetterFilter filter;
  std::optional<std::size_t> limit;
  bool json = false;
};

int list_dead_letters(const ListOptions& options) {
  const auto limit = options.limit.value_or(std::numeric_limits<std::size_t>::max());
  DlqSession session(options.filter);
  if (!options.json) print_table_header();
  std::size_t shown = 0;
  for (; shown < limit; ++shown) {
    const auto message = session.reader->next();
    if (!message) break;
    options.json ? print_json(*message, false) : print_table_row(*message);
  }
  std::fprintf(stderr, "%zu dead letters shown, %zu in the queues\n", shown, session.reader->size());
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
}

}  // namespace esteira::cli
