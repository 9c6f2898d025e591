#include "cli/dlq/dlq_redrive.hpp"

#include <cstdio>
#include <limits>
#include <memory>
#include <string>

#include "cli/command_line.hpp"
#include "cli/confirm.hpp"
#include "cli/dlq/dead_letter_filter.hpp"
#include "cli/dlq/dlq_summary.hpp"
#include "cli/dlq/order_ending.hpp"
#include "cli/dlq/redrive_run.hpp"

namespace esteira::cli {
namespace {

constexpr std::chrono::milliseconds kDefaultCanaryTimeout{60'000};

struct RedriveOptions {
  DeadLetterFilter filter;
  std::optional<std::size_t> limit;
  std::optional<std::size_t> canary;
  std::optional<std::chrono::milliseconds> canary_timeout;
  std::optional<std::size_t> rate;
  bool yes = false;
  bool json = false;
};

int redrive_dead_letters(const RedriveOptions& options) {
  DlqSession session;
  session.installation.require_own_broker(session.database);
  RedriveRun run(session, {options.filter, options.limit.value_or(std::numeric_limits<std::size_t>::max()),
                           options.canary.value_or(0), options.canary_timeout.value_or(kDefaultCanaryTimeout),
                           options.rate.value_or(0)});
  if (!options.yes && !confirm("redrive up to " + std::to_string(run.count()) + " dead letters")) return 1;
  const auto failure = run.run();
  const auto& summary = run.summary();
  const auto ended =
      options.filter.order && summary.total() == 0 ? read_ending(session, *options.filter.order).text : "";
  if (!ended.empty()) return std::fprintf(stderr, "%s: it is not redriven\n", ended.c_str()), 1;
  if (!failure.empty()) {
    std::fprintf(stderr, "the canary failed: %s; %zu dead letters were not attempted\n", failure.c_str(), summary.left);
  }
  const char* canary = failure.empty() ? "passed" : "stopped";
  summary.print("redrive", options.json, options.canary ? canary : "");
  const auto not_redriven = summary.refused + summary.unreadable + summary.given_up + summary.order_ended;
  return failure.empty() && not_redriven == 0 ? 0 : 1;
}

}  // namespace

void add_dlq_redrive(CLI::App& dlq) {
  const auto options = std::make_shared<RedriveOptions>();
  auto& command = add_command(dlq, "redrive", "Send failed orders back to the stage at which they failed.",
                              [options] { return redrive_dead_letters(*options); });
  add_filter_options(command, options->filter);
  add_count(command, "--limit", options->limit, "Redrive at most this many dead letters (default: all).");
  add_count(command, "--canary", options->canary,
            "Redrive this many orders first, and the others only when these pass (default: no canary).");
  add_duration(command, "--canary-timeout", options->canary_timeout,
               "Stop when the canary has not passed after this time.", "60s");
  add_renamed(command, "--wait", "--canary-timeout");
  add_count(command, "--rate", options->rate, "Redrive at most this many per second (default: no limit).", "/s");
  add_flag(command, "--yes", options->yes, "Do not ask for confirmation; required without a terminal.");
  add_flag(command, "--json", options->json, "Print the summary as a JSON object.");
}

}  // namespace esteira::cli
