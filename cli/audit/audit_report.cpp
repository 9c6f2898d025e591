#include "cli/audit/audit_report.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace esteira::cli {
namespace {

using Json = nlohmann::ordered_json;

Json samples_json(const std::vector<runtime::orders::FindingSample>& samples) {
  auto shown = Json::array();
  for (const auto& [order_id, detail] : samples) shown.push_back({{"order_id", order_id}, {"detail", detail}});
  return shown;
}

void print_samples(const std::vector<runtime::orders::FindingSample>& samples, std::size_t count) {
  for (const auto& [order_id, detail] : samples) std::printf("           %s  %s\n", order_id.c_str(), detail.c_str());
  if (samples.size() < count) std::printf("           ... and %zu more\n", count - samples.size());
}

Json finding_json(const runtime::orders::AuditFinding& finding) {
  return {{"check", finding.check},
          {"rule", finding.rule},
          {"count", finding.count},
          {"orders", samples_json(finding.orders)}};
}

void print_finding(const runtime::orders::AuditFinding& finding) {
  std::printf("finding    %s: %zu (%s)\n", finding.check.c_str(), finding.count, finding.rule.c_str());
  print_samples(finding.orders, finding.count);
}

void print_given_up(const std::vector<runtime::orders::FindingSample>& orders) {
  if (orders.empty()) return;
  std::printf("note       given up by a person: %zu paid orders (their dead letters were purged)\n", orders.size());
  print_samples(orders, orders.size());
}

Json stage_load_json(const StageLoad& stage) {
  return {{"stage", stage.stage},
          {"messages", stage.messages()},
          {"waiting", stage.waiting},
          {"abandoned", stage.is_abandoned()}};
}

void print_stage_load(const StageLoad& stage) {
  if (stage.messages() == 0) return;
  std::printf("  %-8s %zu messages, %zu waiting\n", stage.stage.c_str(), stage.messages(), stage.waiting);
  if (!stage.is_abandoned()) return;
  std::printf("note       abandoned queue of stage %s: %zu messages, no host; start one, or: esteira stage forget %s\n",
              stage.stage.c_str(), stage.queued, stage.stage.c_str());
}

}  // namespace

void AuditReport::print() const {
  std::size_t all = 0;
  for (const auto& [status, count] : orders) all += count;
  std::printf("%-10s %zu\n", "orders", all);
  for (const auto& [status, count] : orders) std::printf("  %-8s %zu\n", status.c_str(), count);
  std::printf(
      "%-10s %zu (ready in queues, or in flight in hosts)\n%-10s %zu (stalled orders that may own these messages)\n",
      "messages", messages, "waiting", waiting);
  for (const auto& stage : stages) print_stage_load(stage);
  print_given_up(given_up);
  for (const auto& finding : findings) print_finding(finding);
  if (repaired) std::printf("repaired   %zu orders (their messages are in the outbox)\n", *repaired);
  if (findings.empty()) std::puts("clean");
}

void AuditReport::print_json() const {
  Json shown = {{"clean", findings.empty()},
                {"orders", Json::object()},
                {"messages", messages},
                {"waiting", waiting},
                {"stages", Json::array()},
                {"findings", Json::array()},
                {"given_up", samples_json(given_up)}};
  for (const auto& stage : stages) shown["stages"].push_back(stage_load_json(stage));
  for (const auto& [status, count] : orders) shown["orders"][status] = count;
  for (const auto& finding : findings) shown["findings"].push_back(finding_json(finding));
  if (repaired) shown["repaired"] = *repaired;
  std::puts(shown.dump().c_str());
}

}  // namespace esteira::cli
