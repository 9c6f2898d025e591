#include "runtime/orders/ledger.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "runtime/orders/money_text.hpp"
#include "runtime/orders/plans.hpp"
#include "runtime/orders/uuid_text.hpp"
#include "runtime/postgres/array.hpp"

namespace esteira::runtime::orders {
namespace {

using postgres::ArrayLiteral;

/// An event lands for a known order, once; what lands moves its order and leaves its data. `$9` is the status of all
/// that is done. An update must not ask for `landed` in a subquery: checked again after a wait for another transaction,
/// that would run the insert anew, which PostgreSQL refuses. The last insert may, and "is true" keeps it a hashed
/// lookup. A scalar subquery stays an index lookup where "not exists" beside an "or" would hash the whole table.
constexpr const char* kApply = R"(
with input as materialized (
  select * from unnest($1::uuid[], $2::text[], $3::integer[], $4::integer[], $5::text[], $6::integer[], $7::text[],
                       $8::text[], $10::numeric[], $11::jsonb[])
    as i (order_id, stage, redrive, retry, outcome, attempt, detail, routing_key, total, data)
), landed as (
  insert into order_events (order_id, stage, redrive, retry, outcome, attempt, detail, routing_key, total, has_data,
                            status)
  select order_id, stage, redrive, retry, outcome, attempt, detail, routing_key, total, data is not null,
         case outcome when 'done' then $9::order_status when 'failed' then 'failed' end
  from input i
  where exists (select from orders o where o.id = i.order_id)
    and (retry = 0 or (select e.outcome from order_events e where e.order_id = i.order_id and e.stage = i.stage
                                                              and e.redrive = i.redrive and e.retry = 0) is null)
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
  select order_id, stage, data from input
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

const char* outcome_name(Effect::Kind kind) {
  switch (kind) {
    case Effect::Kind::done:
      return "done";
    case Effect::Kind::failed:
      return "failed";
    case Effect::Kind::retry:
      break;
  }
  return "retry";
}

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

/// Effects that one statement can write: indices into the batch, sorted by order id, each order once, one status.
using Wave = std::vector<std::size_t>;

/// The n-th effect of an order goes into its n-th waves, so that each finds what the one before it left.
std::vector<Wave> plan_waves(const std::vector<Effect>& batch) {
  std::vector<std::pair<std::string, std::size_t>> sorted;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (const auto id = uuid_text(batch[i].order_id)) sorted.emplace_back(*id, i);
  }
  std::ranges::sort(sorted);
  // What is not done moves with any status.
  const auto done = std::ranges::find(batch, Effect::Kind::done, &Effect::kind);
  const auto usual = done == batch.end() ? std::string() : done->status;
  std::map<std::pair<std::size_t, std::string>, Wave> waves;
  std::size_t turn = 0;
  for (std::size_t n = 0; n < sorted.size(); ++n) {
    turn = n > 0 && sorted[n - 1].first == sorted[n].first ? turn + 1 : 0;
    const auto& effect = batch[sorted[n].second];
    waves[{turn, effect.kind == Effect::Kind::done ? effect.status : usual}].push_back(sorted[n].second);
  }
  std::vector<Wave> ordered;
  ordered.reserve(waves.size());
  for (auto& [key, wave] : waves) ordered.push_back(std::move(wave));
  return ordered;
}

/// What happened to an order, stage and run, as the ledger has it.
struct Finding {
  bool order_known = false;
  std::optional<Ending> ending;
};

Ending read_ending(const pqxx::row& row) {
  Ending ending;
  ending.kind = std::string_view(row[2].c_str()) == "failed" ? Effect::Kind::failed : Effect::Kind::done;
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

std::vector<Finding> find_runs(pqxx::transaction_base& work, const std::vector<Run>& runs) {
  ArrayLiteral ids;
  ArrayLiteral stages;
  ArrayLiteral redrives;
  for (const auto& run : runs) {
    ids.add(uuid_text(run.order_id));
    stages.add(run.stage);
    redrives.add(std::int64_t{run.redrive});
  }
  std::vector<Finding> findings(runs.size());
  for (const auto& row : work.exec_prepared("ledger_endings", ids.str(), stages.str(), redrives.str())) {
    auto& finding = findings.at(row[0].as<std::size_t>() - 1);
    finding.order_known = row[1].as<bool>();
    if (!row[2].is_null()) finding.ending = read_ending(row);
  }
  return findings;
}

/// The orders whose event landed, with their age in seconds where they asked to be completed.
using Landed = std::map<std::string, std::optional<double>>;

Landed write_wave(pqxx::work& work, const std::vector<Effect>& batch, const Wave& wave) {
  ArrayLiteral ids, stages, redrives, retries, outcomes, attempts, details, routing_keys, totals, data;
  std::optional<std::string> status;
  for (const auto index : wave) {
    const auto& effect = batch[index];
    const bool done = effect.kind == Effect::Kind::done;
    const std::int64_t attempt = std::max(1, effect.attempt);
    ids.add(effect.order_id);
    stages.add(effect.stage);
    redrives.add(std::int64_t{effect.redrive});
    retries.add(effect.kind == Effect::Kind::retry ? attempt : 0);
    outcomes.add(outcome_name(effect.kind));
    attempts.add(attempt);
    details.add(unless_empty(effect.detail));
    routing_keys.add(done ? unless_empty(effect.routing_key) : std::nullopt);
    totals.add(done ? money_text(effect.total) : std::nullopt);
    data.add(done ? unless_empty(effect.data) : std::nullopt);
    if (done) status = unless_empty(effect.status);
  }
  Landed landed;
  for (const auto& row :
       work.exec_prepared("ledger_apply", ids.str(), stages.str(), redrives.str(), retries.str(), outcomes.str(),
                          attempts.str(), details.str(), routing_keys.str(), status, totals.str(), data.str())) {
    landed.emplace(row[0].c_str(), row[1].is_null() ? std::nullopt : std::optional(row[1].as<double>()));
  }
  return landed;
}

Applied explain(const Effect& effect, Finding&& finding) {
  if (!finding.order_known) return {Applied::Verdict::unknown_order, {}};
  if (finding.ending) return {Applied::Verdict::already_ended, std::move(finding.ending)};
  // This failed attempt stands already.
  if (effect.kind == Effect::Kind::retry) return {};
  throw postgres::Unavailable("order " + effect.order_id + " came into being while its effect was written");
}

void apply_wave(pqxx::work& work, const std::vector<Effect>& batch, const Wave& wave, std::vector<Applied>& answers) {
  const auto landed = write_wave(work, batch, wave);
  Wave left;
  std::vector<Run> runs;
  for (const auto index : wave) {
    answers[index] = {};
    const auto& effect = batch[index];
    if (const auto found = landed.find(*uuid_text(effect.order_id)); found != landed.end()) {
      answers[index].order_seconds = found->second;
      continue;
    }
    left.push_back(index);
    runs.push_back({effect.order_id, effect.stage, effect.redrive});
  }
  if (left.empty()) return;
  auto findings = find_runs(work, runs);
  for (std::size_t i = 0; i < left.size(); ++i) answers[left[i]] = explain(batch[left[i]], std::move(findings[i]));
}

}  // namespace

void prepare_ledger(pqxx::connection& connection) {
  plan_by_index(connection);
  connection.prepare("ledger_apply", kApply);
  connection.prepare("ledger_endings", kEndings);
}

std::vector<Applied> apply_batch(postgres::Session& session, const std::vector<Effect>& batch) {
  std::vector<Applied> answers(batch.size(), {Applied::Verdict::unknown_order, {}});
  const auto waves = plan_waves(batch);
  if (waves.empty()) return answers;
  session.transact([&](pqxx::work& work) {
    for (const auto& wave : waves) apply_wave(work, batch, wave, answers);
  });
  return answers;
}

std::vector<std::optional<Ending>> find_endings(postgres::Session& session, const std::string& stage,
                                                const std::vector<EndingKey>& keys) {
  std::vector<std::optional<Ending>> endings(keys.size());
  if (keys.empty()) return endings;
  std::vector<Run> runs;
  runs.reserve(keys.size());
  for (const auto& key : keys) runs.push_back({key.order_id, stage, key.redrive});
  session.read([&](pqxx::transaction_base& work) {
    auto findings = find_runs(work, runs);
    for (std::size_t i = 0; i < findings.size(); ++i) endings[i] = std::move(findings[i].ending);
  });
  return endings;
}

}  // namespace esteira::runtime::orders
