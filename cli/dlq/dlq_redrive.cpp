#include <cstdio>
#include <limits>

#include "cli/dlq/canary.hpp"
#include "cli/dlq/dlq.hpp"
#include "cli/dlq/dlq_session.hpp"
#include "cli/dlq/redrive_summary.hpp"
#include "runtime/lifecycle/crash_point.hpp"

namespace esteira::cli {
namespace {

using runtime::orders::RedriveResult;
using std::chrono::milliseconds;

constexpr milliseconds kCanaryPatience{60'000};

/// One letter, settled as far as it can be.
void redrive_one(DlqSession& dlq, const QueuedDeadLetter& dead, RedriveSummary& summary, Canary& canary) {
  if (!dead.fault.empty()) {
    ++summary.malformed;
    return;
  }
  const auto fate = redrive_dead_letter(dlq.session, dead.letter);
  runtime::crash_point("claimed");
  summary.count(fate);
  if (fate == RedriveResult::redriven) canary.add(dead.letter);
  if (fate == RedriveResult::redriven || fate == RedriveResult::stale) dlq.letters->take(dead);
}

/// What is wrong with the canary, if that stopped it; empty when all letters were gone through.
std::string redrive_all(DlqSession& dlq, const Options& options, RedriveSummary& summary) {
  const auto limit = options.number("--limit").value_or(std::numeric_limits<std::size_t>::max());
  const auto rate = options.number("--rate");
  Canary canary(options.number("--canary").value_or(0), options.duration("--wait").value_or(kCanaryPatience));
  bool watched = false;
  while (summary.total() < limit) {
    const auto dead = dlq.letters->next();
    if (!dead) break;
    if (canary.complete() && !watched) {
      std::fprintf(stderr, "waiting for the canary\n");
      if (auto trouble = canary.watch(dlq.session, *dlq.letters); !trouble.empty()) {
        ++summary.left;
        return trouble;
      }
      watched = true;
    }
    redrive_one(dlq, *dead, summary, canary);
    summary.show_progress("redrive");
    if (rate) dlq.letters->pause(milliseconds(1000 / static_cast<std::int64_t>(*rate)));
  }
  // A canary that was all there was to redrive is watched as well.
  return watched || !options.has("--canary") ? std::string() : canary.watch(dlq.session, *dlq.letters);
}

std::size_t count_rest(DeadLetters& letters) {
  std::size_t rest = 0;
  while (letters.next()) ++rest;
  return rest;
}

}  // namespace

int run_dlq_redrive(const Arguments& arguments) {
  auto valued = DeadLetterFilter::options();
  valued.insert({"--limit", "--canary", "--rate", "--wait"});
  const Options options(arguments, {std::move(valued), {"--json", "--yes"}});
  const auto filter = DeadLetterFilter::from(options);
  // Told before anything is touched.
  for (const auto* name : {"--limit", "--canary", "--rate"}) static_cast<void>(options.number(name));
  static_cast<void>(options.duration("--wait"));
  DlqSession dlq(filter);
  if (!confirmed(options, "send letters of " + std::to_string(dlq.letters->size()) + " back to work")) return 1;
  RedriveSummary summary;
  const auto trouble = redrive_all(dlq, options, summary);
  if (!trouble.empty()) {
    summary.left += count_rest(*dlq.letters);
    std::fprintf(stderr, "stopped at the canary: %s; %zu letters are left as they were\n", trouble.c_str(),
                 summary.left);
  }
  const char* canary = trouble.empty() ? "passed" : "stopped";
  summary.print(options.has("--json"), options.has("--canary") ? canary : "");
  return trouble.empty() && summary.refused == 0 ? 0 : 1;
}

}  // namespace esteira::cli
