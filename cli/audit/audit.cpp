#include "cli/audit/audit.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/audit/audit_report.hpp"
#include "cli/audit/lost_message_search.hpp"
#include "cli/command_line.hpp"
#include "cli/installation.hpp"
#include "runtime/config/config.hpp"
#include "runtime/orders/operations/owed_orders.hpp"
#include "runtime/orders/operations/repair.hpp"

namespace esteira::cli {
namespace {

namespace orders = runtime::orders;

constexpr std::chrono::milliseconds kDefaultGracePeriod{60'000};
/// The exit code when a server or a table is missing. A monitor must take it neither for findings nor for a clean
/// audit.
constexpr int kNotAudited = 3;
/// More orders than a person can look at.
constexpr std::size_t kMostOwed = 10'000;

struct AuditOptions {
  std::optional<std::chrono::milliseconds> grace_period;
  bool repair = false;
  bool json = false;
};

using Samples = std::vector<orders::FindingSample>;

void add_finding(AuditReport& report, const char* check, const char* rule, Samples samples, std::size_t count) {
  if (count == 0) return;
  samples.resize(std::min(samples.size(), orders::kMaxFindingSamples));
  report.findings.push_back({check, rule, count, std::move(samples)});
}

/// Those of the stalled orders that are owed a compensation, or the others.
Samples candidates(const LostMessages& found, bool is_owed) {
  Samples samples;
  for (const auto& order : found.stalled) {
    if (order.is_owed == is_owed) samples.push_back({order.order_id, order.detail});
  }
  return samples;
}

/// At least `missing_at_least` of the candidates break a rule. Queues and hosts report counts, not order ids, so all
/// candidates are listed.
void add_lost_messages(AuditReport& report, const LostMessages& found) {
  report.messages = found.messages;
  report.waiting = found.waiting;
  report.stages = found.stages;
  auto orders = candidates(found, false);
  const auto count = std::min(found.missing_at_least - found.missing_owed, orders.size());
  add_finding(
      report, "lost_message",
      "an unfinished order, and a refused one until its event is answered, has a message or an event in the outbox",
      std::move(orders), count);
}

/// Those for which nobody gets a message are certain. They come first, and are not counted among the candidates again.
void add_owed(AuditReport& report, const std::vector<orders::OwedOrder>& owed, const LostMessages& found) {
  Samples samples;
  std::set<std::string> listed;
  for (const auto& order : owed) {
    listed.insert(order.order_id);
    (order.is_given_up ? report.given_up : samples).push_back({order.order_id, order.detail});
  }
  auto lost = candidates(found, true);
  std::erase_if(lost, [&](const orders::FindingSample& order) { return listed.contains(order.order_id); });
  const auto count = samples.size() + std::min(found.missing_owed, lost.size());
  std::ranges::move(lost, std::back_inserter(samples));
  add_finding(report, "compensation_owed",
              "an order that was refused or cancelled after it was paid has its compensation, or a message or a dead "
              "letter for it",
              std::move(samples), count);
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
  const auto cutoff = orders::time_ago(session, std::chrono::duration<double>(grace_period).count());
  add_owed(report, orders::find_owed(session, cutoff, kMostOwed, installation.optional_events), found);
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
