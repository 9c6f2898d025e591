#include "runtime/orders/workers/worker_heartbeat.hpp"

namespace esteira::runtime::orders {
namespace {

constexpr const char* kUpsert = R"(
insert into stage_hosts (instance, exchange, stage, in_flight, oldest_seconds)
values ($1::uuid, $2, $3, $4::integer, $5::double precision)
on conflict on constraint stage_hosts_pk do update
set exchange = excluded.exchange, stage = excluded.stage, in_flight = excluded.in_flight,
    oldest_seconds = excluded.oldest_seconds, seen_at = now())";

constexpr const char* kTotals = R"(
select count(*), coalesce(sum(in_flight), 0), coalesce(extract(epoch from now() - min(seen_at)), 0)::double precision
from stage_hosts where exchange = $1 and seen_at > now() - interval '30 seconds')";

}  // namespace

void report_heartbeat(postgres::Session& session, const WorkerHeartbeat& heartbeat) {
  session.transact([&](pqxx::work& work) {
    work.exec_params0(kUpsert, heartbeat.instance, heartbeat.exchange, heartbeat.stage, heartbeat.in_flight,
                      heartbeat.oldest_seconds);
  });
}

void remove_heartbeat(postgres::Session& session, const std::string& instance) {
  session.transact(
      [&](pqxx::work& work) { work.exec_params0("delete from stage_hosts where instance = $1::uuid", instance); });
}

InFlightTotals read_in_flight_totals(postgres::Session& session, const std::string& exchange) {
  InFlightTotals totals;
  session.read([&](pqxx::transaction_base& work) {
    const auto row = work.exec_params1(kTotals, exchange);
    totals = {row[0].as<std::size_t>(), row[1].as<std::size_t>(), row[2].as<double>()};
  });
  return totals;
}

}  // namespace esteira::runtime::orders
