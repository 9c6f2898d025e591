#include "runtime/orders/operations/audit.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "runtime/orders/operations/audit_rules.hpp"
#include "runtime/orders/operations/refusals.hpp"
#include "runtime/postgres/array.hpp"
#include "runtime/text/lists.hpp"

namespace esteira::runtime::orders {
namespace {

constexpr const char* kFindUnfinished = R"(
with stalled as materialized (
select o.id, o.redrives, o.updated_at, 'is ' || o.status || ', unchanged since ' || o.updated_at as detail
from orders o
where o.status < 'completed' and o.updated_at < $1::timestamptz
  and not exists (select from outbox x where x.order_id = o.id)
  and not exists (select from scheduled_messages m where m.order_id = o.id)
  and not exists (select from order_events e where e.order_id = o.id and e.created_at >= $1::timestamptz)
order by o.updated_at limit $2)
select s.id, s.updated_at, s.detail, coalesce(done.stage, '') as publisher,
       coalesce(done.routing_key, case when done.stage is null then first.routing_key end, '') as next_key,
       case when done.stage is null then coalesce(redriven.stage, '') else '' end as redriven_to,
       array_to_string(array(select e.stage from order_events e
                             where e.order_id = s.id and e.redrive = s.redrives and e.entry_kind = 'result'), ',')
         as done_stages, false as is_owed
from stalled s
left join lateral (
  select stage, routing_key from order_events e
  where e.order_id = s.id and e.redrive = s.redrives and e.outcome = 'done' order by created_at desc limit 1) done on true
left join lateral (
  select stage from order_events e
  where e.order_id = s.id and e.redrive = s.redrives and e.outcome = 'redriven' limit 1) redriven on true
left join lateral (
  select routing_key from order_events e
  where e.order_id = s.id and e.outcome = 'accepted' limit 1) first on true
order by s.updated_at)";

/// Refused and cancelled orders that wait for a stage: the last event that no stage has answered, or the redrive of a
/// stage.
std::string find_refused() {
  return std::string(R"(
with refused as materialized (
  select o.id, o.redrives, o.status, o.updated_at from orders o
  where (o.failure_reason is not null or o.status = 'cancelled') and o.updated_at < $1::timestamptz
    and not exists (select from outbox x where x.order_id = o.id)
    and not exists (select from scheduled_messages m where m.order_id = o.id)
    and not exists (select from order_events e where e.order_id = o.id and e.created_at >= $1::timestamptz)
    and )")
      .append(is_cancelled_or_refused())
      .append(R"(
), waiting as (
  select distinct on (o.id) o.id, o.status, o.redrives, o.updated_at, e.stage, e.entry_kind, e.outcome, e.routing_key
  from refused o join order_events e on e.order_id = o.id and ()")
      .append(is_unanswered("$3"))
      .append(" or ")
      .append(kIsPendingRedrive)
      .append(R"()
  order by o.id, e.entry_kind = 'redriven' desc, e.created_at desc
)
select w.id, w.updated_at,
       case w.status when 'cancelled' then 'was cancelled' else 'was refused' end ||
       case w.entry_kind when 'redriven' then ' and redriven to ' || w.stage || ', which has no result'
            else ', and no stage has a result for the event ' || w.routing_key || ' of ' || w.stage end ||
       case when c.is_owed then '; ' || )")
      .append(kOwedMoney)
      .append(R"( else '' end as detail,
       case w.entry_kind when 'redriven' then '' else w.stage end as publisher, coalesce(w.routing_key, '') as next_key,
       case w.entry_kind when 'redriven' then w.stage else '' end as redriven_to,
       array_to_string(array(select distinct e.stage from order_events e
                             where e.order_id = w.id and e.entry_kind = 'result'), ',') as done_stages, c.is_owed
from waiting w join orders o on o.id = w.id cross join lateral (select )")
      .append(compensation())
      .append(R"( = 'owed' as is_owed) c
order by w.updated_at limit $2)");
}

constexpr const char* kUnchanged = R"(
select i.n from unnest($1::uuid[], $2::timestamptz[]) with ordinality as i (order_id, updated_at, n)
join orders o on o.id = i.order_id and o.updated_at = i.updated_at
where not exists (select from outbox x where x.order_id = o.id)
  and not exists (select from scheduled_messages m where m.order_id = o.id)
order by i.n)";

std::vector<OrderSnapshot> read_snapshots(const pqxx::result& rows) {
  std::vector<OrderSnapshot> snapshots;
  for (const auto& row : rows) {
    snapshots.push_back({row["id"].c_str(), row["updated_at"].c_str(), row["detail"].c_str(), row["publisher"].c_str(),
                         row["next_key"].c_str(), row["redriven_to"].c_str(), read_list(row["done_stages"].c_str()),
                         row["is_owed"].as<bool>()});
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
  // A nested loop that cannot be avoided then has an enormous cost, for which the statement would be compiled in vain.
  pqxx::nontransaction(connection)
      .exec("set statement_timeout = '30min'; set enable_nestloop = off; set jit = off; set work_mem = '64MB'");
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

std::vector<OrderSnapshot> find_stalled(postgres::Session& session, const std::string& cutoff, std::size_t limit,
                                        const std::vector<std::string>& optional_events) {
  std::vector<OrderSnapshot> found;
  session.read([&](pqxx::transaction_base& work) {
    found = read_snapshots(work.exec_params(kFindUnfinished, cutoff, limit));
    auto refused =
        read_snapshots(work.exec_params(find_refused(), cutoff, limit, postgres::array_literal(optional_events)));
    std::ranges::move(refused, std::back_inserter(found));
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
