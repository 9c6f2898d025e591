#include "runtime/orders/workers/poison_candidates.hpp"

#include "runtime/orders/store/index_plans.hpp"
#include "runtime/postgres/array.hpp"

namespace esteira::runtime::orders {
namespace {

constexpr const char* kLookUpSuspects = R"(
select i.n, s.runs, s.released
from unnest($1::uuid[], $2::integer[]) with ordinality as i (order_id, redrive, n)
join suspects s on s.order_id = i.order_id and s.stage = $3 and s.redrive = i.redrive)";

constexpr const char* kMarkSuspects = R"(
insert into suspects (order_id, stage, redrive, runs)
select distinct order_id, $3, redrive, 1 from unnest($1::uuid[], $2::integer[]) as i (order_id, redrive)
order by order_id, redrive
on conflict on constraint suspects_pk do update
set runs = suspects.runs + 1, released = false, updated_at = now())";

constexpr const char* kReleaseSuspects = R"(
insert into suspects (order_id, stage, redrive, released)
select distinct order_id, $3, redrive, true from unnest($1::uuid[], $2::integer[]) as i (order_id, redrive)
order by order_id, redrive
on conflict on constraint suspects_pk do update set released = true, updated_at = now())";

constexpr const char* kTakeBackRuns = R"(
update suspects s set runs = greatest(s.runs - 1, 0), updated_at = now()
from unnest($1::uuid[], $2::integer[]) as i (order_id, redrive)
where s.order_id = i.order_id and s.stage = $3 and s.redrive = i.redrive)";

constexpr const char* kClearSuspects = R"(
delete from suspects s using unnest($1::uuid[], $2::integer[]) as i (order_id, redrive)
where s.order_id = i.order_id and s.stage = $3 and s.redrive = i.redrive)";

constexpr const char* kPruneSuspects = R"(
delete from suspects where ctid = any(array(
  select ctid from suspects where updated_at < now() - make_interval(secs => $1) limit $2)))";

struct SuspectArrays {
  explicit SuspectArrays(const std::vector<RedriveKey>& keys) {
    for (const auto& key : keys) {
      ids.add(key.order_id);
      redrives.add(std::int64_t{key.redrive});
    }
  }
  postgres::ArrayLiteral ids;
  postgres::ArrayLiteral redrives;
};

void run_for_suspects(pqxx::work& work, const char* statement, const std::string& stage,
                      const std::vector<RedriveKey>& keys) {
  if (keys.empty()) return;
  const SuspectArrays arrays(keys);
  work.exec_prepared(statement, arrays.ids.str(), arrays.redrives.str(), stage);
}

}  // namespace

void prepare_poison_candidates(pqxx::connection& connection) {
  force_index_plans(connection);
  connection.prepare("find_crash_records", kLookUpSuspects);
  connection.prepare("mark_poison_candidates", kMarkSuspects);
  connection.prepare("release_poison_candidates", kReleaseSuspects);
  connection.prepare("take_back_runs", kTakeBackRuns);
  connection.prepare("clear_poison_candidates", kClearSuspects);
  connection.prepare("prune_poison_candidates", kPruneSuspects);
}

std::vector<CrashRecord> find_crash_records(postgres::Session& session, const std::string& stage,
                                            const std::vector<RedriveKey>& keys) {
  std::vector<CrashRecord> found;
  const SuspectArrays arrays(keys);
  session.transact([&](pqxx::work& work) {
    found.assign(keys.size(), {});
    for (const auto& row : work.exec_prepared("find_crash_records", arrays.ids.str(), arrays.redrives.str(), stage)) {
      found.at(row[0].as<std::size_t>() - 1) = {row[1].as<int>(), row[2].as<bool>()};
    }
  });
  return found;
}

void mark_poison_candidates(postgres::Session& session, const std::string& stage, const std::vector<RedriveKey>& keys) {
  session.transact([&](pqxx::work& work) { run_for_suspects(work, "mark_poison_candidates", stage, keys); });
}

void clear_poison_candidates(postgres::Session& session, const std::string& stage,
                             const std::vector<RedriveKey>& keys) {
  session.transact([&](pqxx::work& work) { run_for_suspects(work, "clear_poison_candidates", stage, keys); });
}

void release_poison_candidates(postgres::Session& session, const std::string& stage,
                               const std::vector<RedriveKey>& held, const std::vector<RedriveKey>& begun) {
  session.transact([&](pqxx::work& work) {
    run_for_suspects(work, "release_poison_candidates", stage, held);
    run_for_suspects(work, "take_back_runs", stage, begun);
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
