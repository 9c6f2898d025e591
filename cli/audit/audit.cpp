#include "cli/audit/audit.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "cli/audit/audit_report.hpp"
#include "cli/audit/lost_message_search.hpp"
#include "cli/installation.hpp"
#include "cli/options.hpp"
#include "runtime/config/config.hpp"
#include "runtime/orders/operations/repair.hpp"

namespace esteira::cli {
namespace {

namespace orders = runtime::orders;

constexpr std::chrono::milliseconds kSettle{60'000};
/// Servers away, or without our tables. Never to be taken for findings, nor for their absence.
constexpr int kNotAudited = 3;

void add_sightings(AuditReport& report, const char* check, const char* rule,
                   const std::vector<orders::OrderSnapshot>& snapshots, std::size_t count) {
  if (count == 0) return;
  orders::AuditFinding finding{check, rule, count, {}};
  for (const auto& sighting : snapshots) {
    if (finding.orders.size() == orders::kMaxFindingSamples) break;
    finding.orders.push_back({sighting.order_id, sighting.detail});
  }
  report.findings.push_back(std::move(finding));
}

/// Of so many candidates at least `missing` break a rule; which of them, nobody can tell as long as messages are about.
void add_search(AuditReport& report, const LostMessages& found) {
  report.messages = found.messages;
  report.waiting = found.waiting;
  report.letters_read = found.letters_read;
  add_sightings(report, "message", "an order on its way has a message, an event in the outbox or a dead letter",
                found.lost, std::min(found.missing, found.lost.size()));
  add_sightings(report, "letter", "a failed order has its dead letter", found.missing_dead_letter,
                std::min(found.missing, found.missing_dead_letter.size()));
  add_sightings(report, "given_up", "an order whose message is dead is failed (see: esteira dlq redrive)",
                found.given_up, found.given_up.size());
}

std::size_t repair_lost(const Installation& installation, const LostMessages& found) {
  runtime::postgres::Session session(installation.database_url, "esteira repair", orders::prepare_repair);
  return orders::repair_orders(session, found.lost, {installation.exchange, installation.first_event});
}

AuditReport examine_plant(const Options& options) {
  const auto installation = Installation::from_environment();
  const auto settle = options.duration("--settle").value_or(kSettle);
  runtime::postgres::Session session(installation.database_url, "esteira audit", orders::prepare_audit);
  AuditReport report;
  report.orders = orders::count_orders(session);
  report.findings = orders::check_tables(session);
  const auto found = find_lost_messages(installation, session, std::chrono::duration<double>(settle).count());
  add_search(report, found);
  if (options.has("--repair")) report.repaired = repair_lost(installation, found);
  return report;
}

}  // namespace

int run_audit(const Arguments& arguments) {
  const Options options(arguments, {{"--settle"}, {"--repair", "--json"}});
  static_cast<void>(options.duration("--settle"));
  try {
    const auto report = examine_plant(options);
    options.has("--json") ? report.print_json() : report.print();
    return report.findings.empty() ? 0 : 1;
  } catch (const runtime::ConfigError& fault) {
    throw UsageError(fault.what());
  } catch (const std::exception& error) {
    const std::string text = error.what();
    std::fprintf(stderr, "esteira: not audited: %s\n", text.substr(0, text.find('\n')).c_str());
    return kNotAudited;
  }
}

}  // namespace esteira::cli
