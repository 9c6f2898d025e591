#include "runtime/orders/operations/audit.hpp"

#include "runtime/orders/operations/audit_rules.hpp"
#include "runtime/postgres/array.hpp"
#include "runtime/text/uuid.hpp"

namespace esteira::runtime::orders {
namespace {

constexpr const char* kFindStalled = R"(
select o.id, o.updated_at, 'is ' || o.status || ', unchanged since ' || o.updated_at as detail
from orders o
where o.status not in ('completed', 'failed') and o.updated_at < $1::timestamptz
  and not exists (select from outbox x where x.order_id = o.id)
  and not exists (select from order_events e where e.order_id = o.id and e.created_at >= $1::timestamptz)
order by o.updated_at limit $2)";

constexpr const char* kAnyUnpurgedFailure = R"(
select exists (select from orders o where o.status = 'failed'
               and not exists (select from order_events e where e.order_id = o.id and e.redrive = o.redrives
                                                            and e.outcome = 'purged')) as found)";

constexpr const char* kMissingDeadLetters = R"(
with dead_letters as materialized (select * from unnest($1::uuid[], $2::integer[]) as l (order_id, redrive))
select o.id, o.updated_at, 'failed, but it has no dead letter' as detail
from orders o
where o.status = 'failed' and o.updated_at < $3::timestamptz
  and not exists (select from dead_letters l where l.order_id = o.id and l.redrive = o.redrives)
  and not exists (select from order_events e where e.order_id = o.id and e.redrive = o.redrives
                                               and e.outcome = 'purged')
  and not exists (select from outbox x where x.order_id = o.id)
order by o.updated_at limit $4)";

constexpr const char* kUnrecordedDeadLetters = R"(
select distinct on (o.id) o.id, o.updated_at, 'has a dead letter of ' || l.stage || ', but is ' || o.status as detail
from unnest($1::uuid[], $2::integer[], $3::text[]) as l (order_id, redrive, stage)
join orders o on o.id = l.order_id and o.redrives = l.redrive
where o.status not in ('completed', 'failed') and o.updated_at < $4::timestamptz
  and not exists (select from outbox x where x.order_id = o.id)
  and not exists (select from order_events e where e.order_id = o.id and e.stage = l.stage and e.redrive = l.redrive
                                               and e.entry_kind = 'result')
order by o.id)";

constexpr const char* kUnchanged = R"(
select i.n from unnest($1::uuid[], $2::timestamptz[]) with ordinality as i (order_id, updated_at, n)
join orders o on o.id = i.order_id and o.updated_at = i.updated_at
where not exists (select from outbox x where x.order_id = o.id)
order by i.n)";

struct DeadLetterArrays {
  explicit DeadLetterArrays(const std::vector<DeadLetter>& dead_letters) {
    for (const auto& dead_letter : dead_letters) {
      if (!canonical_uuid(dead_letter.order_id)) continue;
      ids.add(dead_letter.order_id);
      redrives.add(std::int64_t{dead_letter.redrive});
      stages.add(dead_letter.stage);
    }
  }
  postgres::ArrayLiteral ids, redrives, stages;
};

std::vector<OrderSnapshot> read_snapshots(const pqxx::result& rows) {
  std::vector<OrderSnapshot> snapshots;
  for (const auto& row : rows) {
    snapshots.push_back({row["id"].c_str(), row["updated_at"].c_str(), row["detail"].c_str()});
  }
  return snapshots;
}

/// The number of violations, and the first of them.
AuditFinding check_rule(postgres::Session& session, const AuditRule& rule) {
  const auto query = "select q.id, q.detail, count(*) over () as total from (" + std::string(rule.violations) +
                     ") q (id, detail) order by q.id limit " + std::to_string(kMaxFindingSamples);
  AuditFinding finding{rule.check, rule.rule, 0, {}};
  session.read([&](pqxx::transaction_base& work) {
    finding.orders.clear();
    for (const auto& row : work.exec(query)) {
      finding.count = row["total"].as<std::size_t>();
      finding.orders.push_back({row["id"].c_str(), row["detail"].c_str()});
    }
  });
  return finding;
}

}  // namespace

void prepare_audit(pqxx::connection& connection) {
  // The rules read whole tables. With outdated statistics PostgreSQL might plan nested loops, which would never end.
  pqxx::nontransaction(connection)
      .exec("set statement_timeout = '30min'; set enable_nestloop = off; set work_mem = '64MB'");
}

std::vector<std::pair<std::string, std::size_t>> count_orders(postgres::Session& session) {
  std::vector<std::pair<std::string, std::size_t>> counts;
  session.read([&](pqxx::transaction_base& work) {
    counts.clear();
    for (const auto& row : work.exec("select status, count(*) as orders from orders group by status order by status")) {
      counts.emplace_back(row["status"].c_str(), row["orders"].as<std::size_t>());
    }
  });
  return counts;
}

std::vector<AuditFinding> check_tables(postgres::Session& session) {
  std::vector<AuditFinding> findings;
  for (const auto& rule : audit_rules()) {
    auto finding = check_rule(session, rule);
    if (finding.count > 0) findings.push_back(std::move(finding));
  }
  return findings;
}

std::string time_ago(postgres::Session& session, double seconds) {
  std::string time;
  session.read([&](pqxx::transaction_base& work) {
    time = work.exec_params1("select now() - make_interval(secs => $1::double precision) as time", seconds)["time"]
               .c_str();
  });
  return time;
}

std::vector<OrderSnapshot> find_stalled(postgres::Session& session, const std::string& cutoff, std::size_t limit) {
  std::vector<OrderSnapshot> found;
  session.read(
      [&](pqxx::transaction_base& work) { found = read_snapshots(work.exec_params(kFindStalled, cutoff, limit)); });
  return found;
}

bool any_unpurged_failure(postgres::Session& session) {
  bool any = false;
  session.read([&](pqxx::transaction_base& work) { any = work.exec1(kAnyUnpurgedFailure)["found"].as<bool>(); });
  return any;
}

std::vector<OrderSnapshot> find_missing_dead_letters(postgres::Session& session,
                                                     const std::vector<DeadLetter>& dead_letters,
                                                     const std::string& cutoff, std::size_t limit) {
  const DeadLetterArrays arrays(dead_letters);
  std::vector<OrderSnapshot> found;
  session.read([&](pqxx::transaction_base& work) {
    found =
        read_snapshots(work.exec_params(kMissingDeadLetters, arrays.ids.str(), arrays.redrives.str(), cutoff, limit));
  });
  return found;
}

std::vector<OrderSnapshot> find_unrecorded_dead_letters(postgres::Session& session,
                                                        const std::vector<DeadLetter>& dead_letters,
                                                        const std::string& cutoff) {
  const DeadLetterArrays arrays(dead_letters);
  std::vector<OrderSnapshot> found;
  session.read([&](pqxx::transaction_base& work) {
    found = read_snapshots(
        work.exec_params(kUnrecordedDeadLetters, arrays.ids.str(), arrays.redrives.str(), arrays.stages.str(), cutoff));
  });
  return found;
}

std::vector<OrderSnapshot> recheck_unchanged(postgres::Session& session, const std::vector<OrderSnapshot>& snapshots) {
  postgres::ArrayLiteral ids;
  postgres::ArrayLiteral times;
  for (const auto& snapshot : snapshots) {
    ids.add(snapshot.order_id);
    times.add(snapshot.updated_at);
  }
  std::vector<OrderSnapshot> found;
  session.read([&](pqxx::transaction_base& work) {
    found.clear();
    for (const auto& row : work.exec_params(kUnchanged, ids.str(), times.str())) {
      found.push_back(snapshots.at(row["n"].as<std::size_t>() - 1));
    }
  });
  return found;
}

}  // namespace esteira::runtime::orders
