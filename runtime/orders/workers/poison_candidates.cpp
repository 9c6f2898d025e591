#include "runtime/orders/workers/poison_candidates.hpp"

#include "runtime/orders/store/index_plans.hpp"
#include "runtime/postgres/array.hpp"

namespace esteira::runtime::orders {
namespace {

constexpr const char* kFind = R"(
select i.n, c.crash_runs, c.released_on_shutdown
from unnest($1::uuid[], $2::integer[]) with ordinality as i (order_id, redrive, n)
join poison_candidates c on c.order_id = i.order_id and c.stage = $3 and c.redrive = i.redrive)";

constexpr const char* kMark = R"(
insert into poison_candidates as c (order_id, stage, redrive, crash_runs)
select distinct order_id, $3, redrive, 1 from unnest($1::uuid[], $2::integer[]) as i (order_id, redrive)
order by order_id, redrive
on conflict on constraint poison_candidates_pk do update
set crash_runs = c.crash_runs + 1, released_on_shutdown = false, updated_at = now())";

constexpr const char* kRelease = R"(
insert into poison_candidates (order_id, stage, redrive, released_on_shutdown)
select distinct order_id, $3, redrive, true from unnest($1::uuid[], $2::integer[]) as i (order_id, redrive)
order by order_id, redrive
on conflict on constraint poison_candidates_pk do update set released_on_shutdown = true, updated_at = now())";

constexpr const char* kUncountRuns = R"(
update poison_candidates c set crash_runs = greatest(c.crash_runs - 1, 0), updated_at = now()
from unnest($1::uuid[], $2::integer[]) as i (order_id, redrive)
where c.order_id = i.order_id and c.stage = $3 and c.redrive = i.redrive)";

constexpr const char* kClear = R"(
delete from poison_candidates c using unnest($1::uuid[], $2::integer[]) as i (order_id, redrive)
where c.order_id = i.order_id and c.stage = $3 and c.redrive = i.redrive)";

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

void execute(pqxx::work& work, const char* statement, const std::string& stage, const std::vector<RedriveKey>& keys) {
  if (keys.empty()) return;
  const KeyArrays arrays(keys);
  work.exec_prepared(statement, arrays.ids.str(), arrays.redrives.str(), stage);
}

}  // namespace

void prepare_poison_candidates(pqxx::connection& connection) {
  force_index_plans(connection);
  connection.prepare("find_crash_records", kFind);
  connection.prepare("mark_poison_candidates", kMark);
  connection.prepare("release_poison_candidates", kRelease);
  connection.prepare("uncount_crash_runs", kUncountRuns);
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
      found.at(row["n"].as<std::size_t>() - 1) = {row["crash_runs"].as<int>(), row["released_on_shutdown"].as<bool>()};
    }
  });
  return found;
}

void mark_poison_candidates(postgres::Session& session, const std::string& stage, const std::vector<RedriveKey>& keys) {
  session.transact([&](pqxx::work& work) { execute(work, "mark_poison_candidates", stage, keys); });
}

void clear_poison_candidates(postgres::Session& session, const std::string& stage,
                             const std::vector<RedriveKey>& keys) {
  session.transact([&](pqxx::work& work) { execute(work, "clear_poison_candidates", stage, keys); });
}

void release_poison_candidates(postgres::Session& session, const std::string& stage,
                               const std::vector<RedriveKey>& in_flight, const std::vector<RedriveKey>& counted) {
  session.transact([&](pqxx::work& work) {
    execute(work, "release_poison_candidates", stage, in_flight);
    execute(work, "uncount_crash_runs", stage, counted);
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
