#include "cli/dlq/dlq_summary.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace esteira::cli {

namespace {

using Json = nlohmann::ordered_json;

Json json_of(const DeadQueueDrain::Counts& counts) {
  return {{"removed", counts.removed}, {"kept", counts.kept}, {"left", counts.left}, {"unread", counts.unread}};
}

void print_line(const char* name, std::size_t number, const char* note) {
  if (number > 0) std::printf("%-14s %zu  (%s)\n", name, number, note);
}

void print_lines(const DeadQueueDrain::Counts& counts) {
  print_line("removed", counts.removed, "messages that no order needs");
  print_line("collected", counts.kept,
             "messages that belong to no failed order; now in the database, see: esteira dlq list");
  print_line("in the queues", counts.left, "messages of orders that are failed");
  print_line("not read", counts.unread, "messages that the next command reads; or now: esteira dlq collect");
}

}  // namespace

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

std::size_t DlqSummary::total() const {
  return redriven + purged + stale + malformed + unknown_order + refused + unreadable;
}

void DlqSummary::show_progress(const char* command) const {
  constexpr std::size_t kStep = 100;
  if (total() % kStep == 0) std::fprintf(stderr, "%s: %zu dead letters so far\n", command, total());
}

void DlqSummary::print(bool json, const std::string& canary) const {
  if (json) {
    Json shown = {{"redriven", redriven},     {"purged", purged},   {"stale", stale},
                  {"malformed", malformed},   {"refused", refused}, {"unknown_order", unknown_order},
                  {"unreadable", unreadable}, {"left", left},       {"messages", json_of(messages)}};
    if (!canary.empty()) shown["canary"] = canary;
    std::puts(shown.dump().c_str());
    return;
  }
  std::printf("%-14s %zu\n", purged > 0 ? "purged" : "redriven", purged + redriven);
  print_line("stale", stale, "their orders were sent back already, or do not need them");
  print_line("malformed", malformed, "kept: the body is not an order; only a purge removes it");
  print_line("unknown order", unknown_order, "kept: the database has no such order; only a purge removes it");
  print_line("refused", refused, "kept: the dead letter contradicts its order; run: esteira audit");
  print_line("unreadable", unreadable, "not redriven: PostgreSQL cannot read the order");
  print_line("left", left, "not attempted");
  print_lines(messages);
  if (!canary.empty()) std::printf("%-14s %s\n", "canary", canary.c_str());
}

void print_counts(const DeadQueueDrain::Counts& counts, bool json) {
  json ? static_cast<void>(std::puts(json_of(counts).dump().c_str())) : print_lines(counts);
}

}  // namespace esteira::cli
