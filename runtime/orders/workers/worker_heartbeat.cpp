#include "runtime/orders/workers/worker_heartbeat.hpp"

#include <cstdint>

#include "runtime/postgres/array.hpp"

namespace esteira::runtime::orders {
namespace {

constexpr const char* kUpsert = R"(
insert into worker_heartbeats (instance, exchange, stage, in_flight, oldest_seconds, retry_delays,
                               plugin, plugin_version, consumes, more_keys, publishes, status, refused, breaker)
values ($1::uuid, $2, $3, $4::integer, $5::double precision, $6::bigint[], nullif($7, ''), $8,
        coalesce(($9::text[])[1], ''), ($9::text[])[2:], $10, $11, $12, $13)
on conflict on constraint worker_heartbeats_pk do update
set exchange = excluded.exchange, stage = excluded.stage, in_flight = excluded.in_flight,
    oldest_seconds = excluded.oldest_seconds, breaker = excluded.breaker, heartbeat_at = now())";

constexpr const char* kTotals = R"(
select count(*) as hosts, coalesce(sum(in_flight), 0) as in_flight,
       coalesce(extract(epoch from now() - min(heartbeat_at)), 0)::double precision as oldest_report_seconds
from worker_heartbeats where exchange = $1 and heartbeat_at > now() - interval '30 seconds' and isfinite(heartbeat_at))";

constexpr const char* kDifferentDelays = R"(
select stage, string_agg(case when retry_delays = '{}' then 'none' else array_to_string(retry_delays, ',') end, ' and '
                         order by retry_delays) as delays
from (select distinct stage, retry_delays from worker_heartbeats
      where exchange = $1 and heartbeat_at > now() - interval '30 seconds' and retry_delays is not null) h
group by stage having count(*) > 1 order by stage)";

}  // namespace

void write_heartbeat(pqxx::work& work, const WorkerHeartbeat& heartbeat) {
  postgres::ArrayLiteral delays;
  for (const auto delay : heartbeat.retry_delays) delays.add(std::int64_t{delay.count()});
  postgres::ArrayLiteral keys;
  for (const auto& key : heartbeat.consumes) keys.add(key);
  work.exec_params0(kUpsert, heartbeat.instance, heartbeat.exchange, heartbeat.stage, heartbeat.in_flight,
                    heartbeat.oldest_seconds, delays.str(), heartbeat.plugin, heartbeat.plugin_version, keys.str(),
                    heartbeat.publishes, heartbeat.status, heartbeat.refused, heartbeat.breaker);
}

void report_heartbeat(postgres::Session& session, const WorkerHeartbeat& heartbeat) {
  session.transact([&](pqxx::work& work) { write_heartbeat(work, heartbeat); });
}

void remove_heartbeat(postgres::Session& session, const std::string& instance) {
  session.transact([&](pqxx::work& work) {
    work.exec_params0("delete from worker_heartbeats where instance = $1::uuid", instance);
  });
}

std::map<std::string, std::string> read_heartbeats(postgres::Session& session, const std::set<std::string>& instances) {
  std::map<std::string, std::string> heartbeats;
  postgres::ArrayLiteral ids;
  for (const auto& instance : instances) ids.add(instance);
  session.read([&](pqxx::transaction_base& work) {
    for (const auto& instance : instances) heartbeats[instance] = "";
    const auto rows = work.exec_params(
        "select instance, heartbeat_at from worker_heartbeats where instance = any ($1::uuid[])", ids.str());
    for (const auto& row : rows) heartbeats[row["instance"].c_str()] = row["heartbeat_at"].c_str();
  });
  return heartbeats;
}

InFlightTotals read_in_flight_totals(postgres::Session& session, const std::string& exchange) {
  InFlightTotals totals;
  session.read([&](pqxx::transaction_base& work) {
    const auto row = work.exec_params1(kTotals, exchange);
    totals = {row["hosts"].as<std::size_t>(), row["in_flight"].as<std::size_t>(),
              row["oldest_report_seconds"].as<double>()};
  });
  return totals;
}

std::vector<DifferentDelays> find_different_delays(postgres::Session& session, const std::string& exchange) {
  std::vector<DifferentDelays> different;
  session.read([&](pqxx::transaction_base& work) {
    different.clear();
    for (const auto& row : work.exec_params(kDifferentDelays, exchange)) {
      different.push_back({row["stage"].c_str(), row["delays"].c_str()});
    }
  });
  return different;
}

}  // namespace esteira::runtime::orders
