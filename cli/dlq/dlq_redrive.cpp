#include "cli/dlq/dlq_redrive.hpp"

#include <cstdio>
#include <limits>
#include <memory>
#include <string>

#include "cli/command_line.hpp"
#include "cli/confirm.hpp"
#include "cli/dlq/canary.hpp"
#include "cli/dlq/dlq_session.hpp"
#include "cli/dlq/dlq_summary.hpp"
#include "runtime/lifecycle/crash_point.hpp"

namespace esteira::cli {
namespace {

using runtime::orders::RedriveResult;
using std::chrono::milliseconds;

constexpr milliseconds kDefaultCanaryTimeout{60'000};

struct RedriveOptions {
  DeadLetterFilter filter;
  std::optional<std::size_t> limit;
  std::optional<std::size_t> canary;
  std::optional<milliseconds> canary_timeout;
  std::optional<std::size_t> rate;
  bool yes = false;
  bool json = false;
};

void redrive_one(DlqSession& session, const DeadLetterMessage& message, DlqSummary& summary, Canary& canary) {
  if (!message.fault.empty()) {
    ++summary.malformed;
    return;
  }
  const auto result = redrive_dead_letter(session.database, message.letter);
  runtime::crash_point("claimed");
  summary.count(result);
  if (result == RedriveResult::redriven) canary.add(message.letter);
  if (result == RedriveResult::redriven || result == RedriveResult::stale) session.reader->remove(message);
}

/// Returns the failure of the canary, or an empty text when every matching dead letter was handled.
std::string redrive_all(DlqSession& session, const RedriveOptions& options, DlqSummary& summary) {
  const auto limit = options.limit.value_or(std::numeric_limits<std::size_t>::max());
  Canary canary(options.canary.value_or(0), options.canary_timeout.value_or(kDefaultCanaryTimeout));
  bool passed = false;
  while (summary.total() < limit) {
    const auto message = session.reader->next();
    if (!message) break;
    if (canary.full() && !passed) {
      std::fprintf(stderr, "waiting for the canary\n");
      if (auto failure = canary.wait(session.database, *session.reader); !failure.empty()) {
        ++summary.left;
        return failure;
      }
      passed = true;
    }
    redrive_one(session, *message, summary, canary);
    summary.show_progress("redrive");
    if (options.rate) session.reader->pause(milliseconds(1000 / static_cast<std::int64_t>(*options.rate)));
  }
  // Nothing is left to protect, but the exit code has to tell whether the canary passed.
  return passed || !options.canary ? std::string() : canary.wait(session.database, *session.reader);
}

std::size_t count_rest(DeadLetterReader& reader) {
  std::size_t rest = 0;
  while (reader.next()) ++rest;
  return rest;
}

int redrive_dead_letters(const RedriveOptions& options) {
  DlqSession session(options.filter);
  const auto question = "redrive up to " + std::to_string(session.reader->size()) + " dead letters";
  if (!options.yes && !confirm(question)) return 1;
  DlqSummary summary;
  const auto failure = redrive_all(session, options, summary);
  if (!failure.empty()) {
    summary.left += count_rest(*session.reader);
    std::fprintf(stderr, "the canary failed: %s; %zu dead letters were not attempted\n", failure.c_str(), summary.left);
  }
  const char* canary = failure.empty() ? "passed" : "stopped";
  summary.print(options.json, options.canary ? canary : "");
  return failure.empty() && summary.refused == 0 ? 0 : 1;
}

}  // namespace

void add_dlq_redrive(CLI::App& dlq) {
  const auto options = std::make_shared<RedriveOptions>();
  auto& command = add_command(dlq, "redrive", "Send failed orders back to their stage and remove their dead letters.",
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
