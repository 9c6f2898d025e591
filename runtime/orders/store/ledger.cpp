#include "runtime/orders/store/ledger.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "runtime/orders/store/index_plans.hpp"
#include "runtime/orders/store/ledger_lookup.hpp"
#include "runtime/orders/store/money_text.hpp"
#include "runtime/postgres/array.hpp"
#include "runtime/text/uuid.hpp"

namespace esteira::runtime::orders {
namespace {

using postgres::ArrayLiteral;

/// Inserts an event for each known order, once. An inserted event updates its order and saves its enrichment. Values
/// that the whole batch shares are single parameters, because arrays cost most of such a statement. The update must not
/// read `inserted_events` in a subquery: PostgreSQL evaluates that again after a wait for another transaction, and
/// refuses to run the insert twice. The last insert may, and "is true" keeps that a hashed lookup. The scalar subquery
/// in the first insert stays an index lookup; "not exists" beside an "or" would hash the whole table.
constexpr const char* kApply = R"(
with input as materialized (
  select * from unnest($1::uuid[], $2::text[], $3::numeric[], $4::jsonb[]) as i (order_id, detail, total, data)
), inserted_events as (
  insert into order_events (order_id, stage, redrive, entry_kind, outcome, attempt, detail, routing_key, total, has_data,
                            status)
  select order_id, $5::text, $6::integer, $7::order_entry_kind, $8::text, $9::integer, detail, $10::text, total,
         data is not null, $11::order_status
  from input i
  where exists (select from orders o where o.id = i.order_id)
    and ($7 = 'result' or (select e.outcome from order_events e
                           where e.order_id = i.order_id and e.stage = $5 and e.redrive = $6
                             and e.entry_kind = 'result') is null)
  order by order_id
  on conflict on constraint order_events_pk do nothing
  returning order_id, detail, total, status as next
), updated_orders as (
  update orders o
  set status = case when order_status_may_become(o.status, e.next) then e.next else o.status end,
      failure_reason = case when e.next = 'failed' and order_status_may_become(o.status, e.next)
                            then coalesce(e.detail, '') else o.failure_reason end,
      total_amount = case when o.status in ('completed', 'failed') then o.total_amount
                          else coalesce(e.total, o.total_amount) end,
      updated_at = greatest(now(), o.updated_at + interval '1 microsecond')
  from inserted_events e where o.id = e.order_id
  returning o.id, case when e.next = 'completed' and o.status = 'completed'
                         and (select before.status from orders before where before.id = o.id) <> 'completed'
                       and isfinite(o.created_at) then extract(epoch from clock_timestamp() - o.created_at) end as seconds
), saved_enrichments as (
  insert into order_enrichments (order_id, stage, data)
  select order_id, $5, data from input
  where data is not null and (order_id in (select order_id from inserted_events)) is true
  order by order_id
  on conflict on constraint order_enrichments_pk do update set data = excluded.data, created_at = excluded.created_at
)
select id, seconds from updated_orders)";
enum AppliedColumn { kAppliedId, kAppliedSeconds };

using Batch = std::span<const StageResult* const>;

const char* entry_kind(StageResult::Kind kind) { return kind == StageResult::Kind::retry ? "retry" : "result"; }

const char* outcome_name(StageResult::Kind kind) {
  switch (kind) {
    case StageResult::Kind::done:
      return "done";
    case StageResult::Kind::failed:
      return "failed";
    case StageResult::Kind::retry:
      break;
  }
  return "retry";
}

std::optional<std::string> unless_empty(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

/// What the results that one statement writes have in common. The strings belong to the results.
struct BatchKey {
  std::size_t round = 0;  ///< how many earlier results of the batch are of the same order
  StageResult::Kind kind = StageResult::Kind::done;
  std::string_view stage;
  int redrive = 0;
  int attempt = 1;
  std::string_view routing_key;
  std::string_view status;

  [[nodiscard]] auto tied() const { return std::tie(round, kind, stage, redrive, attempt, routing_key, status); }
  bool operator<(const BatchKey& other) const { return tied() < other.tied(); }
};

BatchKey batch_key_of(const StageResult& result, std::size_t round) {
  const bool done = result.kind == StageResult::Kind::done;
  return {round,
          result.kind,
          result.stage,
          result.redrive,
          std::max(1, result.attempt),
          done ? result.routing_key : std::string_view(),
          done ? result.status : std::string_view()};
}

/// A result's index in the batch, and its order id as PostgreSQL writes it.
struct BatchIndex {
  std::string order_id;
  std::size_t index = 0;
};
/// Sorted by order id; contains each order once.
using Group = std::vector<BatchIndex>;
/// The second result of an order is in a later group than the first, so that its statement sees what the first wrote.
using Groups = std::map<BatchKey, Group>;

Groups plan_groups(Batch batch) {
  std::vector<BatchIndex> entries;
  entries.reserve(batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (auto id = canonical_uuid(batch[i]->order_id)) entries.push_back({*std::move(id), i});
  }
  std::ranges::stable_sort(entries, {}, &BatchIndex::order_id);
  Groups groups;
  std::size_t round = 0;
  for (auto entry = entries.begin(); entry != entries.end(); ++entry) {
    const auto next = std::next(entry);
    const bool same_order_follows = next != entries.end() && next->order_id == entry->order_id;
    groups[batch_key_of(*batch[entry->index], round)].push_back(std::move(*entry));
    round = same_order_follows ? round + 1 : 0;
  }
  return groups;
}

/// The status that the order moves to; none when its status stays as it is.
std::optional<std::string> next_status(const BatchKey& key) {
  return key.kind == StageResult::Kind::failed ? std::optional<std::string>("failed") : unless_empty(key.status);
}

/// Returns a row for each order whose event was inserted, with its age in seconds when the result completes the order.
pqxx::result write_group(pqxx::transaction_base& work, Batch batch, const BatchKey& key, const Group& group) {
  ArrayLiteral ids, details, totals, data;
  for (const auto& [order_id, index] : group) {
    const auto& result = *batch[index];
    const bool done = key.kind == StageResult::Kind::done;
    ids.add(order_id);
    details.add(unless_empty(result.detail));
    totals.add(done ? money_text(result.total) : std::nullopt);
    data.add(done ? unless_empty(result.data) : std::nullopt);
  }
  return work.exec_prepared("ledger_apply", ids.str(), details.str(), totals.str(), data.str(), std::string(key.stage),
                            key.redrive, entry_kind(key.kind), outcome_name(key.kind), key.attempt,
                            unless_empty(key.routing_key), next_status(key));
}

/// Why a result was not written.
RecordedResult explain(const StageResult& result, LookupResult&& lookup) {
  if (!lookup.order_known) return {RecordedResult::Status::unknown_order, {}};
  if (lookup.terminal_result) return {RecordedResult::Status::duplicate, std::move(lookup.terminal_result)};
  const bool attempt_is_recorded = result.kind == StageResult::Kind::retry;
  if (attempt_is_recorded) return {};
  throw postgres::Unavailable("order " + result.order_id + " was created while a result for it was written");
}

void apply_group(pqxx::transaction_base& work, Batch batch, const BatchKey& key, const Group& group,
                 std::vector<RecordedResult>& recorded) {
  const auto rows = write_group(work, batch, key, group);
  std::map<std::string_view, std::optional<double>> written;  // the strings belong to the rows
  for (const auto& row : rows) {
    const auto seconds = row[kAppliedSeconds];
    written.emplace(row[kAppliedId].c_str(), seconds.is_null() ? std::nullopt : std::optional(seconds.as<double>()));
  }
  std::vector<std::size_t> not_written;
  std::vector<LookupKey> keys;
  for (const auto& [order_id, index] : group) {
    recorded[index] = {};
    if (const auto found = written.find(order_id); found != written.end()) {
      recorded[index].order_seconds = found->second;
      continue;
    }
    not_written.push_back(index);
    keys.push_back({order_id, batch[index]->stage, batch[index]->redrive});
  }
  if (not_written.empty()) return;
  auto lookups = look_up(work, keys);
  for (std::size_t i = 0; i < lookups.size(); ++i) {
    recorded[not_written[i]] = explain(*batch[not_written[i]], std::move(lookups[i]));
  }
}

}  // namespace

void prepare_ledger(pqxx::connection& connection) {
  force_index_plans(connection);
  connection.prepare("ledger_apply", kApply);
  prepare_ledger_lookup(connection);
}

std::vector<RecordedResult> record_results(postgres::Session& session, Batch batch) {
  std::vector<RecordedResult> recorded(batch.size(), {RecordedResult::Status::unknown_order, {}});
  const auto groups = plan_groups(batch);
  if (groups.empty()) return recorded;
  const auto apply = [&](pqxx::transaction_base& work) {
    for (const auto& [key, group] : groups) apply_group(work, batch, key, group, recorded);
  };
  groups.size() == 1 ? session.write(apply) : session.transact(apply);
  return recorded;
}

void rehearse_results(postgres::Session& session) {
  session.rehearse([](pqxx::work& work) {
    write_group(work, {}, {}, {});
    look_up(work, {});
  });
}

std::vector<std::optional<TerminalResult>> find_terminal_results(postgres::Session& session, const std::string& stage,
                                                                 const std::vector<RedriveKey>& keys) {
  std::vector<std::optional<TerminalResult>> results(keys.size());
  if (keys.empty()) return results;
  std::vector<LookupKey> lookup_keys;
  lookup_keys.reserve(keys.size());
  for (const auto& key : keys) lookup_keys.push_back({key.order_id, stage, key.redrive});
  session.read([&](pqxx::transaction_base& work) {
    auto lookups = look_up(work, lookup_keys);
    for (std::size_t i = 0; i < lookups.size(); ++i) results[i] = std::move(lookups[i].terminal_result);
  });
  return results;
}

}  // namespace esteira::runtime::orders
