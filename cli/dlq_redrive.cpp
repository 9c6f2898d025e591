#include <cstdio>
#include <limits>

#include "cli/canary.hpp"
#include "cli/dlq.hpp"
#include "cli/letter_desk.hpp"
#include "cli/letter_tally.hpp"
#include "runtime/lifecycle/crash_point.hpp"

namespace esteira::cli {
namespace {

using runtime::orders::LetterFate;
using std::chrono::milliseconds;

constexpr milliseconds kCanaryPatience{60'000};

/// One letter, settled as far as it can be.
void redrive_one(LetterDesk& desk, const DeadLetter& dead, LetterTally& tally, Canary& canary) {
  if (!dead.fault.empty()) {
    ++tally.malformed;
    return;
  }
  const auto fate = redrive_letter(desk.session, dead.letter);
  runtime::crash_point("claimed");
  tally.count(fate);
  if (fate == LetterFate::redriven) canary.add(dead.letter);
  if (fate == LetterFate::redriven || fate == LetterFate::stale) desk.letters->take(dead);
}

/// What is wrong with the canary, if that stopped it; empty when all letters were gone through.
std::string redrive_all(LetterDesk& desk, const Options& options, LetterTally& tally) {
  const auto limit = options.number("--limit").value_or(std::numeric_limits<std::size_t>::max());
  const auto rate = options.number("--rate");
  Canary canary(options.number("--canary").value_or(0), options.duration("--wait").value_or(kCanaryPatience));
  bool watched = false;
  while (tally.total() < limit) {
    const auto dead = desk.letters->next();
    if (!dead) break;
    if (canary.complete() && !watched) {
      std::fprintf(stderr, "waiting for the canary\n");
      if (auto trouble = canary.watch(desk.session, *desk.letters); !trouble.empty()) {
        ++tally.left;
        return trouble;
      }
      watched = true;
    }
    redrive_one(desk, *dead, tally, canary);
    tally.show_progress("redrive");
    if (rate) desk.letters->pause(milliseconds(1000 / static_cast<std::int64_t>(*rate)));
  }
  // A canary that was all there was to redrive is watched as well.
  return watched || !options.has("--canary") ? std::string() : canary.watch(desk.session, *desk.letters);
}

std::size_t count_rest(DeadLetters& letters) {
  std::size_t rest = 0;
  while (letters.next()) ++rest;
  return rest;
}

}  // namespace

int run_dlq_redrive(const Arguments& arguments) {
  auto valued = LetterFilter::options();
  valued.insert({"--limit", "--canary", "--rate", "--wait"});
  const Options options(arguments, {std::move(valued), {"--json", "--yes"}});
  const auto filter = LetterFilter::from(options);
  // Told before anything is touched.
  for (const auto* name : {"--limit", "--canary", "--rate"}) static_cast<void>(options.number(name));
  static_cast<void>(options.duration("--wait"));
  LetterDesk desk(filter);
  if (!confirmed(options, "send letters of " + std::to_string(desk.letters->size()) + " back to work")) return 1;
  LetterTally tally;
  const auto trouble = redrive_all(desk, options, tally);
  if (!trouble.empty()) {
    tally.left += count_rest(*desk.letters);
    std::fprintf(stderr, "stopped at the canary: %s; %zu letters are left as they were\n", trouble.c_str(), tally.left);
  }
  const char* canary = trouble.empty() ? "passed" : "stopped";
  tally.print(options.has("--json"), options.has("--canary") ? canary : "");
  return trouble.empty() && tally.refused == 0 ? 0 : 1;
}

}  // namespace esteira::cli
