#include "cli/audit.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "cli/audit_report.hpp"
#include "cli/options.hpp"
#include "cli/plant.hpp"
#include "cli/search.hpp"
#include "runtime/config/config.hpp"
#include "runtime/orders/repair.hpp"

namespace esteira::cli {
namespace {

namespace orders = runtime::orders;

constexpr std::chrono::milliseconds kSettle{60'000};
/// Servers away, or without our tables. Never to be taken for violations, nor for their absence.
constexpr int kNotAudited = 3;

void add_sightings(AuditReport& report, const char* check, const char* rule,
                   const std::vector<orders::Sighting>& sightings, std::size_t count) {
  if (count == 0) return;
  orders::Violation violation{check, rule, count, {}};
  for (const auto& sighting : sightings) {
    if (violation.orders.size() == orders::kMostOffenders) break;
    violation.orders.push_back({sighting.order_id, sighting.detail});
  }
  report.violations.push_back(std::move(violation));
}

/// Of so many candidates at least `missing` break a rule; which of them, nobody can tell as long as messages are about.
void add_search(AuditReport& report, const SearchResult& found) {
  report.messages = found.messages;
  report.waiting = found.waiting;
  report.letters_read = found.letters_read;
  add_sightings(report, "message", "an order on its way has a message, an event in the outbox or a dead letter",
                found.lost, std::min(found.missing, found.lost.size()));
  add_sightings(report, "letter", "a failed order has its dead letter", found.letterless,
                std::min(found.missing, found.letterless.size()));
  add_sightings(report, "given_up", "an order whose message is dead is failed (see: esteira dlq redrive)",
                found.given_up, found.given_up.size());
}

std::size_t repair_lost(const Plant& plant, const SearchResult& found) {
  runtime::postgres::Session session(plant.database_url, "esteira repair", orders::prepare_repair);
  return orders::repair_orders(session, found.lost, {plant.exchange, plant.first_event});
}

AuditReport examine_plant(const Options& options) {
  const auto plant = Plant::from_environment();
  const auto settle = options.duration("--settle").value_or(kSettle);
  runtime::postgres::Session session(plant.database_url, "esteira audit", orders::prepare_audit);
  AuditReport report;
  report.orders = orders::count_orders(session);
  report.violations = orders::check_tables(session);
  const auto found = search_messages(plant, session, std::chrono::duration<double>(settle).count());
  add_search(report, found);
  if (options.has("--repair")) report.repaired = repair_lost(plant, found);
  return report;
}

}  // namespace

int run_audit(const Arguments& arguments) {
  const Options options(arguments, {{"--settle"}, {"--repair", "--json"}});
  static_cast<void>(options.duration("--settle"));
  try {
    const auto report = examine_plant(options);
    options.has("--json") ? report.print_json() : report.print();
    return report.violations.empty() ? 0 : 1;
  } catch (const runtime::ConfigError& fault) {
    throw UsageError(fault.what());
  } catch (const std::exception& trouble) {
    const std::string text = trouble.what();
    std::fprintf(stderr, "esteira: not audited: %s\n", text.substr(0, text.find('\n')).c_str());
    return kNotAudited;
  }
}

}  // namespace esteira::cli
