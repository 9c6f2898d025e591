#include "runtime/orders/ledger.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "runtime/orders/money_text.hpp"
#include "runtime/orders/plans.hpp"
#include "runtime/orders/uuid_text.hpp"
#include "runtime/postgres/array.hpp"

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

using Batch = std::span<const Effect* const>;

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

std::optional<std::string> unless_empty(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

/// What the effects of one statement have in common. Its texts are theirs.
struct Kin {
  std::size_t turn = 0;  ///< how many effects on the same order go before
  Effect::Kind kind = Effect::Kind::done;
  std::string_view stage;
  int redrive = 0;
  int attempt = 1;
  std::string_view routing_key;
  std::string_view status;

  [[nodiscard]] auto tied() const { return std::tie(turn, kind, stage, redrive, attempt, routing_key, status); }
  bool operator<(const Kin& other) const { return tied() < other.tied(); }
};

Kin kin_of(const Effect& effect, std::size_t turn) {
  const bool done = effect.kind == Effect::Kind::done;
  return {turn,
          effect.kind,
          effect.stage,
          effect.redrive,
          std::max(1, effect.attempt),
          done ? effect.routing_key : std::string_view(),
          done ? effect.status : std::string_view()};
}

/// An effect's place in the batch, and its order as PostgreSQL writes it.
struct Place {
  std::string order_id;
  std::size_t index = 0;
};
/// Sorted by order id, each order once.
using Wave = std::vector<Place>;
/// The n-th effect of an order goes into a later wave than its earlier ones, so that each finds what those left.
using Waves = std::map<Kin, Wave>;

Waves plan_waves(Batch batch) {
  std::vector<Place> places;
  places.reserve(batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (auto id = uuid_text(batch[i]->order_id)) places.push_back({*std::move(id), i});
  }
  std::ranges::stable_sort(places, {}, &Place::order_id);
  Waves waves;
  std::size_t turn = 0;
  for (auto place = places.begin(); place != places.end(); ++place) {
    const auto next = std::next(place);
    const bool again = next != places.end() && next->order_id == place->order_id;
    waves[kin_of(*batch[place->index], turn)].push_back(std::move(*place));
    turn = again ? turn + 1 : 0;
  }
  return waves;
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

/// The status that the order is to have; none: it stays.
std::optional<std::string> next_status(const Kin& kin) {
  return kin.kind == Effect::Kind::failed ? std::optional<std::string>("failed") : unless_empty(kin.status);
}

/// Rows: the orders whose event landed, with their age in seconds where they asked to be completed.
pqxx::result write_wave(pqxx::transaction_base& work, Batch batch, const Kin& kin, const Wave& wave) {
  ArrayLiteral ids, details, totals, data;
  for (const auto& [order_id, index] : wave) {
    const auto& effect = *batch[index];
    const bool done = kin.kind == Effect::Kind::done;
    ids.add(order_id);
    details.add(unless_empty(effect.detail));
    totals.add(done ? money_text(effect.total) : std::nullopt);
    data.add(done ? unless_empty(effect.data) : std::nullopt);
  }
  const int retry = kin.kind == Effect::Kind::retry ? kin.attempt : 0;
  return work.exec_prepared("ledger_apply", ids.str(), details.str(), totals.str(), data.str(), std::string(kin.stage),
                            kin.redrive, retry, outcome_name(kin.kind), kin.attempt, unless_empty(kin.routing_key),
                            next_status(kin));
}

Applied explain(const Effect& effect, Finding&& finding) {
  if (!finding.order_known) return {Applied::Verdict::unknown_order, {}};
  if (finding.ending) return {Applied::Verdict::already_ended, std::move(finding.ending)};
  // This failed attempt stands already.
  if (effect.kind == Effect::Kind::retry) return {};
  throw postgres::Unavailable("order " + effect.order_id + " came into being while its effect was written");
}

void apply_wave(pqxx::transaction_base& work, Batch batch, const Kin& kin, const Wave& wave,
                std::vector<Applied>& answers) {
  const auto rows = write_wave(work, batch, kin, wave);
  std::map<std::string_view, std::optional<double>> landed;  // its texts are those of the rows
  for (const auto& row : rows) {
    landed.emplace(row[0].c_str(), row[1].is_null() ? std::nullopt : std::optional(row[1].as<double>()));
  }
  std::vector<std::size_t> left;
  std::vector<Run> runs;
  for (const auto& [order_id, index] : wave) {
    answers[index] = {};
    if (const auto found = landed.find(order_id); found != landed.end()) {
      answers[index].order_seconds = found->second;
      continue;
    }
    left.push_back(index);
    runs.push_back({order_id, batch[index]->stage, batch[index]->redrive});
  }
  if (left.empty()) return;
  auto findings = find_runs(work, runs);
  for (std::size_t i = 0; i < left.size(); ++i) answers[left[i]] = explain(*batch[left[i]], std::move(findings[i]));
}

}  // namespace

void prepare_ledger(pqxx::connection& connection) {
  plan_by_index(connection);
  connection.prepare("ledger_apply", kApply);
  connection.prepare("ledger_endings", kEndings);
}

std::vector<Applied> apply_batch(postgres::Session& session, Batch batch) {
  std::vector<Applied> answers(batch.size(), {Applied::Verdict::unknown_order, {}});
  const auto waves = plan_waves(batch);
  if (waves.empty()) return answers;
  const auto apply = [&](pqxx::transaction_base& work) {
    for (const auto& [kin, wave] : waves) apply_wave(work, batch, kin, wave, answers);
  };
  waves.size() == 1 ? session.write(apply) : session.transact(apply);
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
