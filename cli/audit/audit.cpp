#include "cli/audit/audit.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>

#include "cli/audit/audit_report.hpp"
#include "cli/audit/lost_message_search.hpp"
#include "cli/command_line.hpp"
#include "cli/installation.hpp"
#include "runtime/config/config.hpp"
#include "runtime/orders/operations/repair.hpp"

namespace esteira::cli {
namespace {

namespace orders = runtime::orders;

constexpr std::chrono::milliseconds kDefaultGracePeriod{60'000};
/// The exit code when a server or a table is missing. A monitor must take it neither for findings nor for a clean
/// audit.
constexpr int kNotAudited = 3;

struct AuditOptions {
  std::optional<std::chrono::milliseconds> grace_period;
  bool repair = false;
  bool json = false;
};

void add_finding(AuditReport& report, const char* check, const char* rule,
                 const std::vector<orders::OrderSnapshot>& snapshots, std::size_t count) {
  if (count == 0) return;
  orders::AuditFinding finding{check, rule, count, {}};
  for (const auto& snapshot : snapshots) {
    if (finding.orders.size() == orders::kMaxFindingSamples) break;
    finding.orders.push_back({snapshot.order_id, snapshot.detail});
  }
  report.findings.push_back(std::move(finding));
}

/// At least `missing_at_least` of the candidates break a rule. Queues and hosts report counts, not order ids, so all
/// candidates are listed.
void add_lost_messages(AuditReport& report, const LostMessages& found) {
  report.messages = found.messages;
  report.waiting = found.waiting;
  report.stages = found.stages;
  add_finding(
      report, "lost_message",
      "an unfinished order, and a refused one until its event is answered, has a message or an event in the outbox",
      found.stalled, std::min(found.missing_at_least, found.stalled.size()));
}

std::size_t repair_lost(const Installation& installation, const LostMessages& found) {
  runtime::postgres::Session session(installation.database_url, "esteira repair", orders::prepare_repair);
  return orders::repair_orders(
      session, found.stalled,
      {installation.exchange, installation.workflows.fallback().first_event, installation.optional_events});
}

AuditReport run_checks(const AuditOptions& options) {
  const auto installation = Installation::from_environment();
  const auto grace_period = options.grace_period.value_or(kDefaultGracePeriod);
  runtime::postgres::Session session(installation.database_url, "esteira audit", orders::prepare_audit);
  installation.require_own_broker(session);
  AuditReport report;
  report.orders = orders::count_orders(session);
  report.findings = orders::check_tables(session);
  const auto found = find_lost_messages(installation, session, grace_period);
  add_lost_messages(report, found);
  if (options.repair) report.repaired = repair_lost(installation, found);
  return report;
}

int run_audit(const AuditOptions& options) {
  try {
    const auto report = run_checks(options);
    options.json ? report.print_json() : report.print();
    return report.findings.empty() ? 0 : 1;
  } catch (const runtime::ConfigError& error) {
    throw UsageError(error.what());
  } catch (const std::exception& error) {
    const std::string text = error.what();
    std::fprintf(stderr, "esteira: the audit could not be made: %s; see: esteira doctor\n",
                 text.substr(0, text.find('\n')).c_str());
    return kNotAudited;
  }
}

}  // namespace

void add_audit(CLI::App& program) {
  const auto options = std::make_shared<AuditOptions>();
  auto& command = add_command(program, "audit", "Find orders that are lost or inconsistent.",
                              [options] { return run_audit(*options); });
  add_duration(command, "--grace-period", options->grace_period,
               "An order counts as stalled when it has not changed for this time.", "60s");
  add_renamed(command, "--settle", "--grace-period");
  add_flag(command, "--repair", options->repair, "Publish the messages of lost orders again, from the database.");
  add_flag(command, "--json", options->json, "Print the report as a JSON object.");
}

}  // namespace esteira::cli
