#include "cli/dlq/redrive_summary.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace esteira::cli {

using runtime::orders::RedriveResult;

void RedriveSummary::count(RedriveResult fate) {
  switch (fate) {
    case RedriveResult::redriven:
      ++redriven;
      break;
    case RedriveResult::purged:
      ++purged;
      break;
    case RedriveResult::stale:
      ++stale;
      break;
    case RedriveResult::unknown_order:
      ++unknown_order;
      break;
    case RedriveResult::refused:
      ++refused;
      break;
  }
}

std::size_t RedriveSummary::total() const { return redriven + purged + stale + malformed + unknown_order + refused; }

void RedriveSummary::show_progress(const char* doing) const {
  constexpr std::size_t kStep = 100;
  if (total() % kStep == 0) std::fprintf(stderr, "%s: %zu letters so far\n", doing, total());
}

void RedriveSummary::print(bool json, const std::string& canary) const {
  if (json) {
    nlohmann::ordered_json shown = {{"redriven", redriven}, {"purged", purged},
                                    {"stale", stale},       {"malformed", malformed},
                                    {"refused", refused},   {"unknown_order", unknown_order},
                                    {"left", left}};
    if (!canary.empty()) shown["canary"] = canary;
    std::puts(shown.dump().c_str());
    return;
  }
  const auto line = [](const char* what, std::size_t number, const char* note) {
    if (number > 0) std::printf("%-14s %zu%s\n", what, number, note);
  };
  std::printf("%-14s %zu\n", purged > 0 ? "purged" : "redriven", purged + redriven);
  line("stale", stale, "  (the order had gone on without the letter: removed)");
  line("malformed", malformed, "  (no order can be read from it: kept, purge only)");
  line("unknown order", unknown_order, "  (the database has no such order: kept, purge only)");
  line("refused", refused, "  (the letter and its order contradict each other: kept; run esteira audit)");
  line("left", left, "  (not touched)");
  if (!canary.empty()) std::printf("%-14s %s\n", "canary", canary.c_str());
}

}  // namespace esteira::cli
