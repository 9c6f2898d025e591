#include "runtime/orders/store/ledger.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "runtime/orders/store/index_plans.hpp"
#include "runtime/orders/store/money_text.hpp"
#include "runtime/postgres/array.hpp"
#include "runtime/text/uuid.hpp"

namespace esteira::runtime::orders {
namespace {

using postgres::ArrayLiteral;

/// An event lands for a known order, once; what lands moves its order and leaves its data. What all of a batch have in
/// common comes as one value: arrays cost most of such a statement. An update must not ask for `landed` in a subquery:
/// checked again after a wait for another transaction, that would run the insert anew, which PostgreSQL refuses. The
/// last insert may, and "is true" keeps it a hashed lookup. A scalar subquery stays an index lookup where "not exists"
/// beside an "or" would hash the whole table.
constexpr const char* kApply = R"(
with input as materialized (
  select * from unnest($1::uuid[], $2::text[], $3::numeric[], $4::jsonb[]) as i (order_id, detail, total, data)
), landed as (
  insert into order_events (order_id, stage, redrive, retry, outcome, attempt, detail, routing_key, total, has_data,
                            status)
  select order_id, $5::text, $6::integer, $7::integer, $8::text, $9::integer, detail, $10::text, total,
         data is not null, $11::order_status
  from input i
  where exists (select from orders o where o.id = i.order_id)
    and ($7 = 0 or (select e.outcome from order_events e where e.order_id = i.order_id and e.stage = $5
                                                                    and e.redrive = $6 and e.retry = 0) is null)
  order by order_id
  on conflict on constraint order_events_pk do nothing
  returning order_id, detail, total, status as next
), moved as (
  update orders o
  set status = case when order_status_may_become(o.status, l.next) then l.next else o.status end,
      failure_reason = case when l.next = 'failed' and order_status_may_become(o.status, l.next)
                            then coalesce(l.detail, '') else o.failure_reason end,
      total_amount = case when o.status in ('completed', 'failed') then o.total_amount
                          else coalesce(l.total, o.total_amount) end,
      updated_at = greatest(now(), o.updated_at + interval '1 microsecond')
  from landed l where o.id = l.order_id
  returning o.id, case when l.next = 'completed' then extract(epoch from clock_timestamp() - o.created_at) end as seconds
), kept as (
  insert into order_enrichments (order_id, stage, data)
  select order_id, $5, data from input
  where data is not null and (order_id in (select order_id from landed)) is true
  order by order_id
  on conflict on constraint order_enrichments_pk do update set data = excluded.data, created_at = excluded.created_at
)
select id, seconds from moved)";

constexpr const char* kEndings = R"(
select i.n, o.id is not null, e.outcome, e.detail, e.routing_key, e.total, x.data
from unnest($1::uuid[], $2::text[], $3::integer[]) with ordinality as i (order_id, stage, redrive, n)
left join orders o on o.id = i.order_id
left join order_events e on e.order_id = i.order_id and e.stage = i.stage and e.redrive = i.redrive and e.retry = 0
left join order_enrichments x on x.order_id = e.order_id and x.stage = e.stage and e.outcome = 'done')";

using Batch = std::span<const StageResult* const>;

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

/// What the effects of one statement have in common. Its texts are theirs.
struct BatchKey {
  std::size_t turn = 0;  ///< how many effects on the same order go before
  StageResult::Kind kind = StageResult::Kind::done;
  std::string_view stage;
  int redrive = 0;
  int attempt = 1;
  std::string_view routing_key;
  std::string_view status;

  [[nodiscard]] auto tied() const { return std::tie(turn, kind, stage, redrive, attempt, routing_key, status); }
  bool operator<(const BatchKey& other) const { return tied() < other.tied(); }
};

BatchKey batch_key_of(const StageResult& effect, std::size_t turn) {
  const bool done = effect.kind == StageResult::Kind::done;
  return {turn,
          effect.kind,
          effect.stage,
          effect.redrive,
          std::max(1, effect.attempt),
          done ? effect.routing_key : std::string_view(),
          done ? effect.status : std::string_view()};
}

/// An effect's entry in the batch, and its order as PostgreSQL writes it.
struct BatchIndex {
  std::string order_id;
  std::size_t index = 0;
};
/// Sorted by order id, each order once.
using Group = std::vector<BatchIndex>;
/// The n-th effect of an order goes into a later group than its earlier ones, so that each finds what those left.
using Groups = std::map<BatchKey, Group>;

Groups plan_groups(Batch batch) {
  std::vector<BatchIndex> entries;
  entries.reserve(batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (auto id = canonical_uuid(batch[i]->order_id)) entries.push_back({*std::move(id), i});
  }
  std::ranges::stable_sort(entries, {}, &BatchIndex::order_id);
  Groups groups;
  std::size_t turn = 0;
  for (auto entry = entries.begin(); entry != entries.end(); ++entry) {
    const auto next = std::next(entry);
    const bool again = next != entries.end() && next->order_id == entry->order_id;
    groups[batch_key_of(*batch[entry->index], turn)].push_back(std::move(*entry));
    turn = again ? turn + 1 : 0;
  }
  return groups;
}

/// What happened to an order, stage and run, as the ledger has it.
struct LookupResult {
  bool order_known = false;
  std::optional<TerminalResult> ending;
};

TerminalResult read_ending(const pqxx::row& row) {
  TerminalResult ending;
  ending.kind = std::string_view(row[2].c_str()) == "failed" ? StageResult::Kind::failed : StageResult::Kind::done;
  ending.detail = row[3].c_str();
  ending.routing_key = row[4].c_str();
  ending.total = Money::parse(row[5].c_str());
  ending.data = row[6].c_str();
  return ending;
}

/// One question to kEndings.
struct Run {
  std::string order_id;
  std::string stage;
  int redrive = 0;
};

std::vector<LookupResult> look_up(pqxx::transaction_base& work, const std::vector<Run>& runs) {
  ArrayLiteral ids;
  ArrayLiteral stages;
  ArrayLiteral redrives;
  for (const auto& run : runs) {
    ids.add(canonical_uuid(run.order_id));
    stages.add(run.stage);
    redrives.add(std::int64_t{run.redrive});
  }
  std::vector<LookupResult> lookups(runs.size());
  for (const auto& row : work.exec_prepared("ledger_endings", ids.str(), stages.str(), redrives.str())) {
    auto& lookup = lookups.at(row[0].as<std::size_t>() - 1);
    lookup.order_known = row[1].as<bool>();
    if (!row[2].is_null()) lookup.ending = read_ending(row);
  }
  return lookups;
}

/// The status that the order is to have; none: it stays.
std::optional<std::string> next_status(const BatchKey& key) {
  return key.kind == StageResult::Kind::failed ? std::optional<std::string>("failed") : unless_empty(key.status);
}

/// Rows: the orders whose event landed, with their age in seconds where they asked to be completed.
pqxx::result write_group(pqxx::transaction_base& work, Batch batch, const BatchKey& key, const Group& group) {
  ArrayLiteral ids, details, totals, data;
  for (const auto& [order_id, index] : group) {
    const auto& effect = *batch[index];
    const bool done = key.kind == StageResult::Kind::done;
    ids.add(order_id);
    details.add(unless_empty(effect.detail));
    totals.add(done ? money_text(effect.total) : std::nullopt);
    data.add(done ? unless_empty(effect.data) : std::nullopt);
  }
  const int retry = key.kind == StageResult::Kind::retry ? key.attempt : 0;
  return work.exec_prepared("ledger_apply", ids.str(), details.str(), totals.str(), data.str(), std::string(key.stage),
                            key.redrive, retry, outcome_name(key.kind), key.attempt, unless_empty(key.routing_key),
                            next_status(key));
}

RecordedResult explain(const StageResult& effect, LookupResult&& lookup) {
  if (!lookup.order_known) return {RecordedResult::Status::unknown_order, {}};
  if (lookup.ending) return {RecordedResult::Status::duplicate, std::move(lookup.ending)};
  // This failed attempt stands already.
  if (effect.kind == StageResult::Kind::retry) return {};
  throw postgres::Unavailable("order " + effect.order_id + " came into being while its effect was written");
}

void apply_group(pqxx::transaction_base& work, Batch batch, const BatchKey& key, const Group& group,
                 std::vector<RecordedResult>& answers) {
  const auto rows = write_group(work, batch, key, group);
  std::map<std::string_view, std::optional<double>> landed;  // its texts are those of the rows
  for (const auto& row : rows) {
    landed.emplace(row[0].c_str(), row[1].is_null() ? std::nullopt : std::optional(row[1].as<double>()));
  }
  std::vector<std::size_t> left;
  std::vector<Run> runs;
  for (const auto& [order_id, index] : group) {
    answers[index] = {};
    if (const auto found = landed.find(order_id); found != landed.end()) {
      answers[index].order_seconds = found->second;
      continue;
    }
    left.push_back(index);
    runs.push_back({order_id, batch[index]->stage, batch[index]->redrive});
  }
  if (left.empty()) return;
  auto lookups = look_up(work, runs);
  for (std::size_t i = 0; i < left.size(); ++i) answers[left[i]] = explain(*batch[left[i]], std::move(lookups[i]));
}

}  // namespace

void prepare_ledger(pqxx::connection& connection) {
  force_index_plans(connection);
  connection.prepare("ledger_apply", kApply);
  connection.prepare("ledger_endings", kEndings);
}

std::vector<RecordedResult> record_results(postgres::Session& session, Batch batch) {
  std::vector<RecordedResult> answers(batch.size(), {RecordedResult::Status::unknown_order, {}});
  const auto groups = plan_groups(batch);
  if (groups.empty()) return answers;
  const auto apply = [&](pqxx::transaction_base& work) {
    for (const auto& [key, group] : groups) apply_group(work, batch, key, group, answers);
  };
  groups.size() == 1 ? session.write(apply) : session.transact(apply);
  return answers;
}

std::vector<std::optional<TerminalResult>> find_terminal_results(postgres::Session& session, const std::string& stage,
                                                                 const std::vector<RedriveKey>& keys) {
  std::vector<std::optional<TerminalResult>> endings(keys.size());
  if (keys.empty()) return endings;
  std::vector<Run> runs;
  runs.reserve(keys.size());
  for (const auto& key : keys) runs.push_back({key.order_id, stage, key.redrive});
  session.read([&](pqxx::transaction_base& work) {
    auto lookups = look_up(work, runs);
    for (std::size_t i = 0; i < lookups.size(); ++i) endings[i] = std::move(lookups[i].ending);
  });
  return endings;
}

}  // namespace esteira::runtime::orders
