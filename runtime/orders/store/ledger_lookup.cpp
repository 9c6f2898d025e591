#include "runtime/orders/store/ledger_lookup.hpp"

#include <string_view>

#include "runtime/postgres/array.hpp"
#include "runtime/text/uuid.hpp"

namespace esteira::runtime::orders {
namespace {

using postgres::ArrayLiteral;

constexpr const char* kLookup = R"(
select i.n, o.id is not null, e.outcome, e.detail, e.routing_key, e.total, x.data,
       e.order_id is null and message_is_superseded(i.order_id, i.stage, i.redrive, i.attempt, i.snoozes),
       o.cancel_requested_at is not null,
       case when e.routing_key = cancelled_event() then cancellation_must_be_routed(e.order_id) else true end
from unnest($1::uuid[], $2::text[], $3::integer[], $4::integer[], $5::integer[])
  with ordinality as i (order_id, stage, redrive, attempt, snoozes, n)
left join orders o on o.id = i.order_id
left join order_events e on e.order_id = i.order_id and e.stage = i.stage and e.redrive = i.redrive
                        and e.entry_kind = 'result'
left join order_enrichments x on x.order_id = e.order_id and x.stage = e.stage and e.outcome = 'done')";
struct LookupColumn {
  enum {
    kNumber,
    kOrderKnown,
    kOutcome,
    kDetail,
    kRoutingKey,
    kTotal,
    kData,
    kSuperseded,
    kCancelRequested,
    kMustBeRouted
  };
};

TerminalResult read_terminal_result(const pqxx::row& row) {
  TerminalResult result;
  const std::string_view outcome = row[LookupColumn::kOutcome].c_str();
  if (outcome == "failed") result.kind = StageResult::Kind::failed;
  if (outcome == "cancelled") result.kind = StageResult::Kind::cancelled;
  result.detail = row[LookupColumn::kDetail].c_str();
  result.routing_key = row[LookupColumn::kRoutingKey].c_str();
  result.total = Money::parse(row[LookupColumn::kTotal].c_str());
  result.data = row[LookupColumn::kData].c_str();
  result.is_optional = !row[LookupColumn::kMustBeRouted].as<bool>();
  return result;
}

}  // namespace

void prepare_ledger_lookup(pqxx::connection& connection) { connection.prepare("ledger_lookup", kLookup); }

std::vector<LookupResult> look_up(pqxx::transaction_base& work, const std::vector<LookupKey>& keys) {
  ArrayLiteral ids, stages, redrives, attempts, snoozes;
  for (const auto& key : keys) {
    ids.add(canonical_uuid(key.order_id));
    stages.add(key.stage);
    redrives.add(std::int64_t{key.redrive});
    attempts.add(std::int64_t{key.attempt});
    snoozes.add(std::int64_t{key.snoozes});
  }
  std::vector<LookupResult> lookups(keys.size());
  for (const auto& row :
       work.exec_prepared("ledger_lookup", ids.str(), stages.str(), redrives.str(), attempts.str(), snoozes.str())) {
    auto& lookup = lookups.at(row[LookupColumn::kNumber].as<std::size_t>() - 1);
    lookup.order_known = row[LookupColumn::kOrderKnown].as<bool>();
    lookup.is_superseded = row[LookupColumn::kSuperseded].as<bool>();
    lookup.is_cancel_requested = row[LookupColumn::kCancelRequested].as<bool>();
    if (!row[LookupColumn::kOutcome].is_null()) lookup.terminal_result = read_terminal_result(row);
  }
  return lookups;
}

}  // namespace esteira::runtime::orders
