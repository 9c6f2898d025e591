#include "cli/dlq/dlq_summary.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace esteira::cli {

using runtime::orders::RedriveResult;

void DlqSummary::count(RedriveResult result) {
  switch (result) {
    case RedriveResult::redriven:
      ++redriven;
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

std::size_t DlqSummary::total() const { return redriven + purged + stale + malformed + unknown_order + refused; }

void DlqSummary::show_progress(const char* command) const {
  constexpr std::size_t kStep = 100;
  if (total() % kStep == 0) std::fprintf(stderr, "%s: %zu dead letters so far\n", command, total());
}

void DlqSummary::print(bool json, const std::string& canary) const {
  if (json) {
    nlohmann::ordered_json shown = {{"redriven", redriven}, {"purged", purged},
                                    {"stale", stale},       {"malformed", malformed},
                                    {"refused", refused},   {"unknown_order", unknown_order},
                                    {"left", left}};
    if (!canary.empty()) shown["canary"] = canary;
    std::puts(shown.dump().c_str());
    return;
  }
  const auto line = [](const char* name, std::size_t number, const char* note) {
    if (number > 0) std::printf("%-14s %zu%s\n", name, number, note);
  };
  std::printf("%-14s %zu\n", purged > 0 ? "purged" : "redriven", purged + redriven);
  line("stale", stale, "  (removed: the order has already passed this failure)");
  line("malformed", malformed, "  (kept: the body is not an order; only a purge removes it)");
  line("unknown order", unknown_order, "  (kept: the database has no such order; only a purge removes it)");
  line("refused", refused, "  (kept: the dead letter contradicts its order; run: esteira audit)");
  line("left", left, "  (kept: not attempted)");
  if (!canary.empty()) std::printf("%-14s %s\n", "canary", canary.c_str());
}

}  // namespace esteira::cli
