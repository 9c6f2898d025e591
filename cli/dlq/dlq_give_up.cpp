#include "cli/dlq/dlq_give_up.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <limits>
#include <memory>

#include "cli/command_line.hpp"
#include "cli/confirm.hpp"
#include "cli/dlq/dead_letter_filter.hpp"
#include "cli/dlq/give_up_run.hpp"
#include "cli/dlq/order_ending.hpp"

namespace esteira::cli {
namespace {

constexpr const char* kGiveUpExamples =
    R"(The order stays failed, and the refused event of its stage is published as if the stage had
refused the order: the stages that consume it undo what was done. A redrive of the order is
refused from then on. A stage without a refused event has nothing to give up: esteira dlq purge.

Examples:
  esteira dlq give-up --order 01a223e2-06da-7e54-aeaf-61fb8d1ea833 --note 'the carrier lost it'
  esteira dlq give-up --stage shipping --reason 'no such address' --dry-run)";

struct GiveUpOptions {
  DeadLetterFilter filter;
  std::optional<std::size_t> limit;
  std::optional<std::string> note;
  bool dry_run = false;
  bool yes = false;
  bool json = false;
};

/// An order that was asked for and has no dead letter: tells how it has ended. Returns whether it was given up.
bool tell_ending(DlqSession& session, const std::string& order_id) {
  const auto ending = read_ending(session, order_id);
  ending.text.empty() ? std::fprintf(stderr, "order %s has no dead letter\n", order_id.c_str())
                      : std::fprintf(stderr, "%s\n", ending.text.c_str());
  return ending.is_given_up;
}

int give_up_dead_letters(const GiveUpOptions& options) {
  DlqSession session;
  session.installation.require_own_broker(session.database);
  GiveUpRun run(session, {options.filter, options.limit.value_or(std::numeric_limits<std::size_t>::max()),
                          options.note.value_or(""), options.dry_run});
  const auto action =
      "give up at most " + std::to_string(run.count()) + " dead letters and publish their refused events";
  if (!options.dry_run && !options.yes && !confirm(action)) return 1;
  run.run();
  const auto& summary = run.summary();
  const bool is_unknown = options.filter.order && summary.total() == 0;
  const bool is_already = is_unknown && tell_ending(session, *options.filter.order);
  summary.print("give-up", options.json);
  return run.succeeded() && (!is_unknown || is_already) ? 0 : 1;
}

}  // namespace

void add_dlq_give_up(CLI::App& dlq) {
  const auto options = std::make_shared<GiveUpOptions>();
  auto& command =
      add_command(dlq, "give-up", "Refuse failed orders in the name of their stage, so that others undo what was done.",
                  [options] { return give_up_dead_letters(*options); });
  add_filter_options(command, options->filter);
  add_count(command, "--limit", options->limit, "Give up at most this many dead letters (default: all).");
  add_text(command, "--note", "TEXT", options->note,
           "Why: the timeline, the failure reason and the refused event have it.");
  add_flag(command, "--dry-run", options->dry_run, "Only count them.");
  add_flag(command, "--yes", options->yes, "Do not ask for confirmation; required without a terminal.");
  add_flag(command, "--json", options->json, "Print the summary as a JSON object.");
  command.footer(kGiveUpExamples);
}

}  // namespace esteira::cli
