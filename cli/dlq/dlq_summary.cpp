#include "cli/dlq/dlq_summary.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace esteira::cli {

namespace {

using Json = nlohmann::ordered_json;

Json json_of(const DeadQueueDrain::Counts& counts) {
  return {{"removed", counts.removed}, {"kept", counts.kept}, {"left", counts.left}, {"unread", counts.unread}};
}

void print_count(const char* name, std::size_t number, const char* note) {
  if (number > 0) std::printf("%-14s %zu  (%s)\n", name, number, note);
}

void print_lines(const DeadQueueDrain::Counts& counts) {
  print_count("removed", counts.removed, "messages that no order needs");
  print_count("collected", counts.kept,
              "messages that belong to no failed order; now in the database, see: esteira dlq list");
  print_count("in the queues", counts.left, "messages of orders that are failed");
  print_count("not read", counts.unread, "messages that the next command reads; or now: esteira dlq collect");
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
    case RedriveResult::given_up:
      ++given_up;
      break;
    case RedriveResult::order_ended:
      ++order_ended;
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
  return redriven + given_up + purged + stale + malformed + unknown_order + refused + order_ended + no_event +
         unreadable;
}

void DlqSummary::show_progress(const char* command) const {
  constexpr std::size_t kStep = 100;
  if (total() % kStep == 0) std::fprintf(stderr, "%s: %zu dead letters so far\n", command, total());
}

void DlqSummary::print(const std::string& command, bool json, const std::string& canary) const {
  if (json) {
    Json shown = {{"redriven", redriven},
                  {"given_up", given_up},
                  {"purged", purged},
                  {"stale", stale},
                  {"malformed", malformed},
                  {"refused", refused},
                  {"order_ended", order_ended},
                  {"no_event", no_event},
                  {"unknown_order", unknown_order},
                  {"unreadable", unreadable},
                  {"left", left},
                  {"messages", json_of(messages)}};
    if (!canary.empty()) shown["canary"] = canary;
    std::puts(shown.dump().c_str());
    return;
  }
  if (command == "redrive") std::printf("%-14s %zu\n", "redriven", redriven);
  if (command == "purge") std::printf("%-14s %zu\n", "purged", purged);
  if (command == "give-up") std::printf("%-14s %zu\n", "given up", given_up);
  if (command == "redrive") print_count("given up", given_up, "not redriven: another operator gave them up");
  print_count("stale", stale, "their orders were sent back already, or do not need them");
  print_count("malformed", malformed, "kept: the body is not an order; only a purge removes it");
  print_count("unknown order", unknown_order, "kept: the database has no such order; only a purge removes it");
  print_count("refused", refused, "kept: the dead letter contradicts its order; run: esteira audit");
  print_count(
      "order ended", order_ended,
      "kept: their orders were refused or cancelled, and the stage charges or ships; only a purge removes them");
  print_count("no event", no_event, "kept: no stage would get their refused event");
  print_count("unreadable", unreadable, "not sent: PostgreSQL cannot read the order");
  print_count("left", left, "not attempted");
  print_lines(messages);
  if (!canary.empty()) std::printf("%-14s %s\n", "canary", canary.c_str());
}

void print_counts(const DeadQueueDrain::Counts& counts, bool json) {
  json ? static_cast<void>(std::puts(json_of(counts).dump().c_str())) : print_lines(counts);
}

}  // namespace esteira::cli
