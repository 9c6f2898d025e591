#include "runtime/orders/workers/poison_candidates.hpp"

#include "runtime/orders/store/index_plans.hpp"
#include "runtime/postgres/array.hpp"

namespace esteira::runtime::orders {
namespace {

constexpr const char* kFind = R"(
select i.n, c.crash_runs, c.released_on_shutdown, coalesce(c.owner::text, '') as owner
from unnest($1::uuid[], $2::integer[]) with ordinality as i (order_id, redrive, n)
join poison_candidates c on c.order_id = i.order_id and c.stage = $3 and c.redrive = i.redrive)";

constexpr const char* kOwn = R"(
insert into poison_candidates as c (order_id, stage, redrive, owner)
select distinct order_id, $3, redrive, $4::uuid from unnest($1::uuid[], $2::integer[]) as i (order_id, redrive)
order by order_id, redrive
on conflict on constraint poison_candidates_pk do update
set owner = excluded.owner, released_on_shutdown = false, updated_at = now())";

constexpr const char* kClaim = R"(
insert into poison_candidates as c (order_id, stage, redrive, owner)
select distinct order_id, $3, redrive, $4::uuid from unnest($1::uuid[], $2::integer[]) as i (order_id, redrive)
order by order_id, redrive
on conflict on constraint poison_candidates_pk do update
set owner = excluded.owner, released_on_shutdown = false, updated_at = now() where c.owner is null)";

constexpr const char* kCountCrash = R"(
update poison_candidates c set crash_runs = c.crash_runs + 1, owner = null, updated_at = now()
from unnest($1::uuid[], $2::integer[]) as i (order_id, redrive)
where c.order_id = i.order_id and c.stage = $3 and c.redrive = i.redrive and c.owner = $4::uuid)";

constexpr const char* kRelease = R"(
insert into poison_candidates (order_id, stage, redrive, released_on_shutdown)
select distinct order_id, $3, redrive, true from unnest($1::uuid[], $2::integer[]) as i (order_id, redrive)
order by order_id, redrive
on conflict on constraint poison_candidates_pk do update
set released_on_shutdown = true, owner = null, updated_at = now())";

constexpr const char* kClear = R"(
delete from poison_candidates c using unnest($1::uuid[], $2::integer[]) as i (order_id, redrive)
where c.order_id = i.order_id and c.stage = $3 and c.redrive = i.redrive and c.owner = $4::uuid)";

constexpr const char* kPrune = R"(
delete from poison_candidates where ctid = any(array(
  select ctid from poison_candidates where updated_at < now() - make_interval(secs => $1) limit $2)))";

struct KeyArrays {
  explicit KeyArrays(const std::vector<RedriveKey>& keys) {
    for (const auto& key : keys) {
      ids.add(key.order_id);
      redrives.add(std::int64_t{key.redrive});
    }
  }
  postgres::ArrayLiteral ids;
  postgres::ArrayLiteral redrives;
};

void execute(postgres::Session& session, const char* statement, const std::string& stage,
             const std::vector<RedriveKey>& keys, const std::string& instance) {
  if (keys.empty()) return;
  const KeyArrays arrays(keys);
  session.transact([&](pqxx::work& work) {
    work.exec_prepared(statement, arrays.ids.str(), arrays.redrives.str(), stage, instance);
  });
}

}  // namespace

void prepare_poison_candidates(pqxx::connection& connection) {
  force_index_plans(connection);
  connection.prepare("find_crash_records", kFind);
  connection.prepare("own_candidates", kOwn);
  connection.prepare("claim_in_flight", kClaim);
  connection.prepare("count_crash", kCountCrash);
  connection.prepare("release_poison_candidates", kRelease);
  connection.prepare("clear_poison_candidates", kClear);
  connection.prepare("prune_poison_candidates", kPrune);
}

std::vector<CrashRecord> find_crash_records(postgres::Session& session, const std::string& stage,
                                            const std::vector<RedriveKey>& keys) {
  std::vector<CrashRecord> found;
  const KeyArrays arrays(keys);
  session.transact([&](pqxx::work& work) {
    found.assign(keys.size(), {});
    for (const auto& row : work.exec_prepared("find_crash_records", arrays.ids.str(), arrays.redrives.str(), stage)) {
      found.at(row["n"].as<std::size_t>() - 1) = {row["crash_runs"].as<int>(), row["released_on_shutdown"].as<bool>(),
                                                  row["owner"].c_str()};
    }
  });
  return found;
}

void own_candidates(postgres::Session& session, const std::string& stage, const std::vector<RedriveKey>& keys,
                    const std::string& instance) {
  execute(session, "own_candidates", stage, keys, instance);
}

void claim_in_flight(postgres::Session& session, const std::string& stage, const std::vector<RedriveKey>& keys,
                     const std::string& instance) {
  execute(session, "claim_in_flight", stage, keys, instance);
}

void count_crash(postgres::Session& session, const std::string& stage, const std::vector<RedriveKey>& keys,
                 const std::string& owner) {
  execute(session, "count_crash", stage, keys, owner);
}

void clear_poison_candidates(postgres::Session& session, const std::string& stage, const std::vector<RedriveKey>& keys,
                             const std::string& owner) {
  execute(session, "clear_poison_candidates", stage, keys, owner);
}

void release_poison_candidates(postgres::Session& session, const std::string& stage,
                               const std::vector<RedriveKey>& in_flight) {
  if (in_flight.empty()) return;
  const KeyArrays arrays(in_flight);
  session.transact([&](pqxx::work& work) {
    work.exec_prepared("release_poison_candidates", arrays.ids.str(), arrays.redrives.str(), stage);
  });
}

std::size_t prune_poison_candidates(postgres::Session& session, double age_seconds, std::size_t limit) {
  std::size_t pruned = 0;
  session.transact([&](pqxx::work& work) {
    pruned = work.exec_prepared("prune_poison_candidates", age_seconds, limit).affected_rows();
  });
  return pruned;
}

}  // namespace esteira::runtime::orders
