#include "cli/dlq/dlq_show.hpp"

#include <cstdio>
#include <memory>
#include <string>

#include "cli/command_line.hpp"
#include "cli/dlq/dead_letter_text.hpp"
#include "cli/dlq/dlq_session.hpp"

namespace esteira::cli {
namespace {

struct ShowOptions {
  std::string id;
  DeadLetterFilter filter;
  bool json = false;
};

int show_dead_letters(const ShowOptions& options) {
  DlqSession session(options.filter);
  std::size_t found = 0;
  while (const auto message = session.reader->next()) {
    if (message->letter.order_id != options.id && message->message_id != options.id) continue;
    ++found;
    options.json ? print_json(*message, true) : print_details(*message);
  }
  if (found > 0) return 0;
  std::fprintf(stderr, "esteira: no dead letter has the order id or message id '%s'; see: esteira dlq list\n",
               options.id.c_str());
  return 1;
}

}  // namespace

void add_dlq_show(CLI::App& dlq) {
  const auto options = std::make_shared<ShowOptions>();
  auto& command = add_command(dlq, "show", "Show the dead letters of an order with their bodies.",
                              [options] { return show_dead_letters(*options); });
  add_argument(command, "ID", options->id, "The id of an order, or of a message.");
  add_stage_option(command, options->filter);
  add_flag(command, "--json", options->json, "Print one JSON object per dead letter.");
}

}  // namespace esteira::cli
