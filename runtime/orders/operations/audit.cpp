#include "runtime/orders/operations/audit.hpp"

#include "runtime/orders/operations/audit_rules.hpp"
#include "runtime/postgres/array.hpp"
#include "runtime/text/uuid.hpp"

namespace esteira::runtime::orders {
namespace {

constexpr const char* kFindQuiet = R"(
select o.id, o.updated_at, 'is ' || o.status || ', unchanged since ' || o.updated_at
from orders o
where o.status not in ('completed', 'failed') and o.updated_at < $1::timestamptz
  and not exists (select from outbox x where x.order_id = o.id)
  and not exists (select from order_events e where e.order_id = o.id and e.at >= $1::timestamptz)
order by o.updated_at limit $2)";

constexpr const char* kAnyFailed = R"(
select exists (select from orders o where o.status = 'failed'
               and not exists (select from order_events e where e.order_id = o.id and e.redrive = o.redrives
                                                            and e.outcome = 'purged')))";

constexpr const char* kFailedWithout = R"(
with letters as materialized (select * from unnest($1::uuid[], $2::integer[]) as l (order_id, redrive))
select o.id, o.updated_at, 'failed, but no dead letter of it is there'
from orders o
where o.status = 'failed' and o.updated_at < $3::timestamptz
  and not exists (select from letters l where l.order_id = o.id and l.redrive = o.redrives)
  and not exists (select from order_events e where e.order_id = o.id and e.redrive = o.redrives
                                               and e.outcome = 'purged')
  and not exists (select from outbox x where x.order_id = o.id)
order by o.updated_at limit $4)";

constexpr const char* kGivenUp = R"(
select distinct on (o.id) o.id, o.updated_at, 'its message is dead in ' || l.stage || ', yet it is ' || o.status
from unnest($1::uuid[], $2::integer[], $3::text[]) as l (order_id, redrive, stage)
join orders o on o.id = l.order_id and o.redrives = l.redrive
where o.status not in ('completed', 'failed') and o.updated_at < $4::timestamptz
  and not exists (select from outbox x where x.order_id = o.id)
  and not exists (select from order_events e where e.order_id = o.id and e.stage = l.stage and e.redrive = l.redrive
                                               and e.retry = 0)
order by o.id)";

constexpr const char* kStillSo = R"(
select i.n from unnest($1::uuid[], $2::timestamptz[]) with ordinality as i (order_id, updated_at, n)
join orders o on o.id = i.order_id and o.updated_at = i.updated_at
where not exists (select from outbox x where x.order_id = o.id)
order by i.n)";

struct LetterArrays {
  explicit LetterArrays(const std::vector<DeadLetter>& letters) {
    for (const auto& letter : letters) {
      if (!canonical_uuid(letter.order_id)) continue;
      ids.add(letter.order_id);
      redrives.add(std::int64_t{letter.redrive});
      stages.add(letter.stage);
    }
  }
  postgres::ArrayLiteral ids, redrives, stages;
};

std::vector<OrderSnapshot> read_sightings(const pqxx::result& rows) {
  std::vector<OrderSnapshot> snapshots;
  for (const auto& row : rows) snapshots.push_back({row[0].c_str(), row[1].c_str(), row[2].c_str()});
  return snapshots;
}

/// How many break a rule, and the first of them.
AuditFinding ask_rule(postgres::Session& session, const AuditRule& rule) {
  const auto query = "select q.id, q.detail, count(*) over () from (" + std::string(rule.breakers) +
                     ") q (id, detail) order by q.id limit " + std::to_string(kMaxFindingSamples);
  AuditFinding finding{rule.check, rule.rule, 0, {}};
  session.read([&](pqxx::transaction_base& work) {
    finding.orders.clear();
    for (const auto& row : work.exec(query)) {
      finding.count = row[2].as<std::size_t>();
      finding.orders.push_back({row[0].c_str(), row[1].c_str()});
    }
  });
  return finding;
}

}  // namespace

void prepare_audit(pqxx::connection& connection) {
  // The rules read whole tables. Where the statistics are behind, a plan by nested loops would never end.
  pqxx::nontransaction(connection)
      .exec("set statement_timeout = '30min'; set enable_nestloop = off; set work_mem = '64MB'");
}

std::vector<std::pair<std::string, std::size_t>> count_orders(postgres::Session& session) {
  std::vector<std::pair<std::string, std::size_t>> counts;
  session.read([&](pqxx::transaction_base& work) {
    counts.clear();
    for (const auto& row : work.exec("select status, count(*) from orders group by status order by status")) {
      counts.emplace_back(row[0].c_str(), row[1].as<std::size_t>());
    }
  });
  return counts;
}

std::vector<AuditFinding> check_tables(postgres::Session& session) {
  std::vector<AuditFinding> findings;
  for (const auto& rule : audit_rules()) {
    auto finding = ask_rule(session, rule);
    if (finding.count > 0) findings.push_back(std::move(finding));
  }
  return findings;
}

std::string time_ago(postgres::Session& session, double seconds) {
  std::string time;
  session.read([&](pqxx::transaction_base& work) {
    time = work.exec_params1("select now() - make_interval(secs => $1::double precision)", seconds)[0].c_str();
  });
  return time;
}

std::vector<OrderSnapshot> find_stalled(postgres::Session& session, const std::string& cutoff, std::size_t limit) {
  std::vector<OrderSnapshot> found;
  session.read(
      [&](pqxx::transaction_base& work) { found = read_sightings(work.exec_params(kFindQuiet, cutoff, limit)); });
  return found;
}

bool any_failed(postgres::Session& session) {
  bool any = false;
  session.read([&](pqxx::transaction_base& work) { any = work.exec1(kAnyFailed)[0].as<bool>(); });
  return any;
}

std::vector<OrderSnapshot> find_failed_without(postgres::Session& session, const std::vector<DeadLetter>& letters,
                                               const std::string& cutoff, std::size_t limit) {
  const LetterArrays arrays(letters);
  std::vector<OrderSnapshot> found;
  session.read([&](pqxx::transaction_base& work) {
    found = read_sightings(work.exec_params(kFailedWithout, arrays.ids.str(), arrays.redrives.str(), cutoff, limit));
  });
  return found;
}

std::vector<OrderSnapshot> find_given_up(postgres::Session& session, const std::vector<DeadLetter>& letters,
                                         const std::string& cutoff) {
  const LetterArrays arrays(letters);
  std::vector<OrderSnapshot> found;
  session.read([&](pqxx::transaction_base& work) {
    found = read_sightings(
        work.exec_params(kGivenUp, arrays.ids.str(), arrays.redrives.str(), arrays.stages.str(), cutoff));
  });
  return found;
}

std::vector<OrderSnapshot> recheck_unchanged(postgres::Session& session, const std::vector<OrderSnapshot>& snapshots) {
  postgres::ArrayLiteral ids;
  postgres::ArrayLiteral times;
  for (const auto& sighting : snapshots) {
    ids.add(sighting.order_id);
    times.add(sighting.updated_at);
  }
  std::vector<OrderSnapshot> found;
  session.read([&](pqxx::transaction_base& work) {
    found.clear();
    for (const auto& row : work.exec_params(kStillSo, ids.str(), times.str())) {
      found.push_back(snapshots.at(row[0].as<std::size_t>() - 1));
    }
  });
  return found;
}

}  // namespace esteira::runtime::orders
