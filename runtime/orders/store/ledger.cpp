#include "runtime/orders/store/ledger.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "runtime/orders/store/cancellation.hpp"
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
/// refuses to run the insert twice. The last insert may, and "is true" keeps that a hashed lookup. The scalar
/// subqueries in the first insert stay index lookups; "not exists" beside an "or" would hash the whole table.
/// The update reads cancel_requested_at of the order as it is after a wait for its lock. It leaves that set in an order
/// that it cancels: so the last line recognises those orders, and no others, and finishes their cancellation.
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
    and ($8 <> 'cancelled' or (select o.cancel_requested_at from orders o where o.id = i.order_id) is not null)
    and ($7 = 'result' or (select e.outcome from order_events e
                           where e.order_id = i.order_id and e.stage = $5 and e.redrive = $6
                             and e.entry_kind = 'result') is null
                          and not message_is_superseded(i.order_id, $5, $6, $9, $12::integer))
  order by order_id
  on conflict on constraint order_events_pk do nothing
  returning order_id, detail, total, status as next
), updated_orders as (
  update orders o
  set status = case when o.cancel_requested_at is not null and $7 = 'result' and $8 <> 'failed'
                         and order_status_may_become(o.status, 'cancelled') then 'cancelled'
                    when order_status_may_become(o.status, e.next) then e.next else o.status end,
      cancel_requested_at = case when $8 <> 'failed' then o.cancel_requested_at end,
      failure_reason = case when e.next = 'failed' and (order_status_may_become(o.status, e.next)
                                                        or o.status = 'cancelled' and $10::text is null)
                            then coalesce(e.detail, '') else o.failure_reason end,
      total_amount = case when o.status >= 'completed' then o.total_amount else coalesce(e.total, o.total_amount) end,
      updated_at = greatest(now(), o.updated_at + interval '1 microsecond')
  from inserted_events e where o.id = e.order_id
  returning o.id, o.status = 'cancelled' and o.cancel_requested_at is not null as is_cancelled, case when e.next = 'completed' and o.status = 'completed'
                         and (select before.status from orders before where before.id = o.id) <> 'completed'
                       and isfinite(o.created_at) then extract(epoch from clock_timestamp() - o.created_at) end as seconds
), saved_enrichments as (
  insert into order_enrichments (order_id, stage, data)
  select order_id, $5, data from input
  where data is not null and (order_id in (select order_id from inserted_events)) is true
  order by order_id
  on conflict on constraint order_enrichments_pk do update set data = excluded.data, created_at = excluded.created_at
)
select id, seconds, case when is_cancelled then finish_cancellation(id, $5, $6) end from updated_orders)";
enum AppliedColumn { kAppliedId, kAppliedSeconds, kAppliedMustBeRouted };

constexpr const char* kLock = "select from orders where id = any ($1::uuid[]) order by id for update";

/// Writes the entry of a snooze or a retry and the message that follows, for each known order whose message is not
/// superseded. The message after a snooze has the same attempt and one snooze more; the message after a retry has one
/// attempt more. A retry that was recorded without a schedule gets one: then its message was hardly published. While a
/// request to cancel the order is open, the message is due at once: it comes back to be cancelled.
constexpr const char* kSchedule = R"(
with input as materialized (
  select * from unnest($1::uuid[], $2::integer[], $3::integer[], $4::integer[], $5::text[], $6::bigint[], $7::text[],
                       $8::text[], $9::text[], $10::text[])
    as i (order_id, redrive, attempt, snoozes, detail, delay, exchange, event, traceparent, body)
), accepted as materialized (
  select i.*, case when o.cancel_requested_at is null then now() + i.delay * interval '1 millisecond' else now() end as due_at,
         case when $12 = 'snooze' then greatest(i.snoozes, coalesce(s.snoozes, 0)) + 1 else i.snoozes end as next_snoozes
  from input i join orders o on o.id = i.order_id
  left join order_events s on s.order_id = i.order_id and s.stage = $11 and s.redrive = i.redrive
                          and s.entry_kind = 'snooze' and s.retry_number = 0
  where (select e.outcome from order_events e
         where e.order_id = i.order_id and e.stage = $11 and e.redrive = i.redrive and e.entry_kind = 'result') is null
    and not message_is_superseded(i.order_id, $11, i.redrive, i.attempt, i.snoozes)
), written_events as (
  insert into order_events (order_id, stage, redrive, entry_kind, outcome, attempt, detail, snoozes, due_at)
  select order_id, $11::text, redrive, $12::order_entry_kind, $12::text, attempt, detail,
         case when $12 = 'snooze' then next_snoozes end, due_at
  from accepted order by order_id
  on conflict on constraint order_events_pk do update
  set attempt = excluded.attempt, detail = excluded.detail, snoozes = excluded.snoozes, due_at = excluded.due_at
), written_messages as (
  insert into scheduled_messages (order_id, stage, redrive, attempt, snoozes, exchange, due_at, event, traceparent, body)
  select order_id, $11::text, redrive, case when $12 = 'snooze' then attempt else attempt + 1 end, next_snoozes,
         exchange, due_at, event, traceparent, body
  from accepted order by order_id
  on conflict on constraint scheduled_messages_pk do update set due_at = excluded.due_at, body = excluded.body
)
update orders o set updated_at = greatest(now(), o.updated_at + interval '1 microsecond')
from accepted a where o.id = a.order_id
returning o.id, null::double precision as seconds, null::boolean as must_be_routed)";

using Batch = std::span<const StageResult* const>;

const char* entry_kind(StageResult::Kind kind) {
  if (kind == StageResult::Kind::snooze) return "snooze";
  return kind == StageResult::Kind::retry ? "retry" : "result";
}

const char* outcome_name(StageResult::Kind kind) {
  switch (kind) {
    case StageResult::Kind::done:
      return "done";
    case StageResult::Kind::failed:
      return "failed";
    case StageResult::Kind::cancelled:
      return "cancelled";
    case StageResult::Kind::snooze:
      return "snooze";
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
  bool is_scheduled = false;  ///< then the rows, and not the key, have redrive, attempt and snoozes
  int redrive = 0;
  int attempt = 1;
  int snoozes = 0;
  std::string_view routing_key;
  std::string_view status;

  [[nodiscard]] auto tied() const {
    return std::tie(round, kind, stage, is_scheduled, redrive, attempt, snoozes, routing_key, status);
  }
  bool operator<(const BatchKey& other) const { return tied() < other.tied(); }
};

BatchKey batch_key_of(const StageResult& result, std::size_t round) {
  BatchKey key;
  key.round = round;
  key.kind = result.kind;
  key.stage = result.stage;
  key.is_scheduled = result.schedule != nullptr;
  if (key.is_scheduled) return key;
  key.redrive = result.redrive;
  key.attempt = std::max(1, result.attempt);
  if (result.kind == StageResult::Kind::retry) key.snoozes = result.snoozes;
  if (result.kind != StageResult::Kind::retry) key.routing_key = result.routing_key;
  if (result.kind == StageResult::Kind::done) key.status = result.status;
  return key;
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
                            unless_empty(key.routing_key), next_status(key), key.snoozes);
}

/// The same for results with a schedule. One of an order is written after the other: the first statement locks the
/// orders, so the second one sees what was scheduled before.
pqxx::result schedule_group(pqxx::transaction_base& work, Batch batch, const BatchKey& key, const Group& group) {
  ArrayLiteral ids, redrives, attempts, snoozes, details, delays, exchanges, events, traceparents, bodies;
  for (const auto& [order_id, index] : group) {
    const auto& result = *batch[index];
    ids.add(order_id);
    redrives.add(std::int64_t{result.redrive});
    attempts.add(std::int64_t{std::max(1, result.attempt)});
    snoozes.add(std::int64_t{result.snoozes});
    details.add(unless_empty(result.detail));
    delays.add(std::int64_t{result.schedule->delay.count()});
    exchanges.add(result.schedule->exchange);
    events.add(result.schedule->event);
    traceparents.add(result.schedule->traceparent);
    bodies.add(result.schedule->body);
  }
  work.exec_prepared("ledger_lock", ids.str());
  return work.exec_prepared("ledger_schedule", ids.str(), redrives.str(), attempts.str(), snoozes.str(), details.str(),
                            delays.str(), exchanges.str(), events.str(), traceparents.str(), bodies.str(),
                            std::string(key.stage), entry_kind(key.kind));
}

/// Why a result was not written.
RecordedResult explain(const StageResult& result, LookupResult&& lookup) {
  if (!lookup.order_known) return {RecordedResult::Status::unknown_order, {}};
  if (lookup.terminal_result) return {RecordedResult::Status::duplicate, std::move(lookup.terminal_result)};
  if (lookup.is_superseded) return {RecordedResult::Status::superseded, {}};
  if (result.kind == StageResult::Kind::cancelled) return {RecordedResult::Status::not_requested, {}};
  const bool attempt_is_recorded = result.kind == StageResult::Kind::retry && result.schedule == nullptr;
  if (attempt_is_recorded) return {};
  throw postgres::Unavailable("order " + result.order_id + " was created while a result for it was written");
}

/// Locks the orders first, so that the statement sees whether their requests are open now.
pqxx::result cancel_group(pqxx::transaction_base& work, Batch batch, const BatchKey& key, const Group& group) {
  ArrayLiteral ids;
  for (const auto& entry : group) ids.add(entry.order_id);
  work.exec_prepared("ledger_lock", ids.str());
  return write_group(work, batch, key, group);
}

pqxx::result record_group(pqxx::transaction_base& work, Batch batch, const BatchKey& key, const Group& group) {
  if (key.is_scheduled) return schedule_group(work, batch, key, group);
  const bool needs_lock = key.kind == StageResult::Kind::cancelled;
  return needs_lock ? cancel_group(work, batch, key, group) : write_group(work, batch, key, group);
}

/// What a row says about the result that was written for it.
RecordedResult recorded_result(const pqxx::row& row, const StageResult& result) {
  RecordedResult recorded;
  if (const auto seconds = row[kAppliedSeconds]; !seconds.is_null()) recorded.order_seconds = seconds.as<double>();
  if (const auto must_be_routed = row[kAppliedMustBeRouted]; !must_be_routed.is_null()) {
    recorded.terminal_result = {result.kind,  result.data,   kCancelledEvent,
                                result.total, result.detail, !must_be_routed.as<bool>()};
  }
  return recorded;
}

void apply_group(pqxx::transaction_base& work, Batch batch, const BatchKey& key, const Group& group,
                 std::vector<RecordedResult>& recorded) {
  const auto rows = record_group(work, batch, key, group);
  std::map<std::string_view, pqxx::row> written;  // the strings belong to the rows
  for (const auto& row : rows) written.emplace(row[kAppliedId].c_str(), row);
  std::vector<std::size_t> not_written;
  std::vector<LookupKey> keys;
  for (const auto& [order_id, index] : group) {
    recorded[index] = {};
    if (const auto found = written.find(order_id); found != written.end()) {
      recorded[index] = recorded_result(found->second, *batch[index]);
      continue;
    }
    not_written.push_back(index);
    const auto& result = *batch[index];
    keys.push_back({order_id, result.stage, result.redrive, std::max(1, result.attempt), result.snoozes});
  }
  if (not_written.empty()) return;
  auto lookups = look_up(work, keys);
  for (std::size_t i = 0; i < lookups.size(); ++i) {
    recorded[not_written[i]] = explain(*batch[not_written[i]], std::move(lookups[i]));
  }
}

std::vector<MessageState> find_states(postgres::Session& session, const std::vector<LookupKey>& keys) {
  std::vector<MessageState> states(keys.size());
  if (keys.empty()) return states;
  session.read([&](pqxx::transaction_base& work) {
    auto lookups = look_up(work, keys);
    for (std::size_t i = 0; i < lookups.size(); ++i) {
      states[i] = {std::move(lookups[i].terminal_result), lookups[i].is_cancel_requested};
      if (lookups[i].is_superseded) states[i].result = TerminalResult{StageResult::Kind::snooze, {}, {}, {}, {}};
    }
  });
  return states;
}

}  // namespace

void prepare_ledger(pqxx::connection& connection) {
  force_index_plans(connection);
  connection.prepare("ledger_apply", kApply);
  connection.prepare("ledger_lock", kLock);
  connection.prepare("ledger_schedule", kSchedule);
  prepare_ledger_lookup(connection);
}

std::vector<RecordedResult> record_results(postgres::Session& session, Batch batch) {
  std::vector<RecordedResult> recorded(batch.size(), {RecordedResult::Status::unknown_order, {}});
  const auto groups = plan_groups(batch);
  if (groups.empty()) return recorded;
  const auto apply = [&](pqxx::transaction_base& work) {
    for (const auto& [key, group] : groups) apply_group(work, batch, key, group, recorded);
  };
  const auto& first = groups.begin()->first;
  const bool is_one_statement = groups.size() == 1 && !first.is_scheduled && first.kind != StageResult::Kind::cancelled;
  is_one_statement ? session.write(apply) : session.transact(apply);
  return recorded;
}

void rehearse_results(postgres::Session& session) {
  session.rehearse([](pqxx::work& work) {
    write_group(work, {}, {}, {});
    schedule_group(work, {}, {}, {});
    look_up(work, {});
  });
}

std::vector<std::optional<TerminalResult>> find_terminal_results(postgres::Session& session, const std::string& stage,
                                                                 const std::vector<RedriveKey>& keys) {
  std::vector<LookupKey> lookup_keys;
  lookup_keys.reserve(keys.size());
  for (const auto& key : keys) lookup_keys.push_back({key.order_id, stage, key.redrive});
  std::vector<std::optional<TerminalResult>> results;
  results.reserve(keys.size());
  for (auto& state : find_states(session, lookup_keys)) results.push_back(std::move(state.result));
  return results;
}

std::vector<MessageState> find_message_states(postgres::Session& session, const std::string& stage,
                                              const std::vector<MessageKey>& keys) {
  std::vector<LookupKey> lookup_keys;
  lookup_keys.reserve(keys.size());
  for (const auto& key : keys) lookup_keys.push_back({key.order_id, stage, key.redrive, key.attempt, key.snoozes});
  return find_states(session, lookup_keys);
}

}  // namespace esteira::runtime::orders
