#include "runtime/orders/suspects.hpp"

#include "runtime/orders/plans.hpp"
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
  explicit SuspectArrays(const std::vector<EndingKey>& keys) {
    for (const auto& key : keys) {
      ids.add(key.order_id);
      redrives.add(std::int64_t{key.redrive});
    }
  }
  postgres::ArrayLiteral ids;
  postgres::ArrayLiteral redrives;
};

void run_for_suspects(pqxx::work& work, const char* statement, const std::string& stage,
                      const std::vector<EndingKey>& keys) {
  if (keys.empty()) return;
  const SuspectArrays arrays(keys);
  work.exec_prepared(statement, arrays.ids.str(), arrays.redrives.str(), stage);
}

}  // namespace

void prepare_suspects(pqxx::connection& connection) {
  plan_by_index(connection);
  connection.prepare("look_up_suspects", kLookUpSuspects);
  connection.prepare("mark_suspects", kMarkSuspects);
  connection.prepare("release_suspects", kReleaseSuspects);
  connection.prepare("take_back_runs", kTakeBackRuns);
  connection.prepare("clear_suspects", kClearSuspects);
  connection.prepare("prune_suspects", kPruneSuspects);
}

std::vector<Suspicion> look_up_suspects(postgres::Session& session, const std::string& stage,
                                        const std::vector<EndingKey>& keys) {
  std::vector<Suspicion> found;
  const SuspectArrays arrays(keys);
  session.transact([&](pqxx::work& work) {
    found.assign(keys.size(), {});
    for (const auto& row : work.exec_prepared("look_up_suspects", arrays.ids.str(), arrays.redrives.str(), stage)) {
      found.at(row[0].as<std::size_t>() - 1) = {row[1].as<int>(), row[2].as<bool>()};
    }
  });
  return found;
}

void mark_suspects(postgres::Session& session, const std::string& stage, const std::vector<EndingKey>& keys) {
  session.transact([&](pqxx::work& work) { run_for_suspects(work, "mark_suspects", stage, keys); });
}

void clear_suspects(postgres::Session& session, const std::string& stage, const std::vector<EndingKey>& keys) {
  session.transact([&](pqxx::work& work) { run_for_suspects(work, "clear_suspects", stage, keys); });
}

void release_suspects(postgres::Session& session, const std::string& stage, const std::vector<EndingKey>& held,
                      const std::vector<EndingKey>& begun) {
  session.transact([&](pqxx::work& work) {
    run_for_suspects(work, "release_suspects", stage, held);
    run_for_suspects(work, "take_back_runs", stage, begun);
  });
}

std::size_t prune_suspects(postgres::Session& session, double age_seconds, std::size_t limit) {
  std::size_t pruned = 0;
  session.transact(
      [&](pqxx::work& work) { pruned = work.exec_prepared("prune_suspects", age_seconds, limit).affected_rows(); });
  return pruned;
}

}  // namespace esteira::runtime::orders
