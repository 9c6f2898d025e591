#include "runtime/orders/workers/stage_overview.hpp"

#include "runtime/orders/workers/worker_heartbeat.hpp"
#include "runtime/text/lists.hpp"

namespace esteira::runtime::orders {
namespace {

/// Keys and delays have no comma in them.
constexpr const char* kOverview = R"(
with hosts as (
  select stage, count(*) as hosts, sum(in_flight) as in_flight, max(oldest_seconds) as oldest,
         count(*) filter (where breaker <> 'closed') as open_hosts,
         extract(epoch from now() - min(heartbeat_at)) as oldest_report,
         string_agg(distinct 'plugin ' || plugin || ' ' || plugin_version || ' consumes '
                    || array_to_string(consumes || more_keys, ',') || ', publishes '
                    || coalesce(nullif(publishes, ''), 'nothing') || coalesce(', refuses with ' || nullif(refused, ''), '')
                    || ', sets ' || coalesce(nullif(status, ''), 'no status'), '; ') as declarations,
         count(distinct (plugin, consumes, more_keys, publishes, coalesce(refused, ''), status)) as kinds
  from worker_heartbeats where exchange = $1 and )";

constexpr const char* kOfStages = R"( group by stage
)
select r.stage, coalesce(r.plugin, '') as plugin, coalesce(r.plugin_version, '') as plugin_version,
       array_to_string(array(select distinct key from unnest(r.consumes || r.more_keys) as key order by 1), ',') as consumes,
       coalesce(r.publishes, '') as publishes, coalesce(r.refused, '') as refused, coalesce(r.status, '') as status,
       array_to_string(array(select distinct key from unnest(r.bound_keys) as key
                             where not exists (select from removed_bindings b where b.exchange = r.exchange
                                               and b.stage = r.stage and b.routing_key = key)), ',') as binding_keys,
       array_to_string(array(select b.routing_key from removed_bindings b
                             where b.exchange = r.exchange and b.stage = r.stage), ',') as removed_keys,
       array_to_string(r.retry_delays, ',') as retry_delays,
       to_char(r.last_seen at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as last_seen,
       extract(epoch from now() - r.last_seen)::double precision as last_seen_seconds,
       (select count(*) from scheduled_messages m where m.exchange = r.exchange and m.stage = r.stage) as scheduled,
       coalesce(h.hosts, 0) as hosts, coalesce(h.in_flight, 0) as in_flight,
       coalesce(h.oldest, 0)::double precision as oldest, coalesce(h.oldest_report, 0)::double precision as oldest_report,
       case when h.kinds > 1 then h.declarations else '' end as differences,
       coalesce(h.open_hosts, 0) as open_hosts, coalesce(p.reason, '') as pause_reason,
       coalesce(to_char(p.paused_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), '') as paused_since
from registered_stages r left join hosts h on h.stage = r.stage
left join stage_pauses p on p.exchange = r.exchange and p.stage = r.stage
where r.exchange = $1 order by r.stage)";

StageOverview read_stage(const pqxx::row& row) {
  StageOverview stage;
  stage.stage = row["stage"].c_str();
  stage.plugin = row["plugin"].c_str();
  stage.plugin_version = row["plugin_version"].c_str();
  stage.consumes = read_list(row["consumes"].c_str());
  stage.publishes = row["publishes"].c_str();
  stage.refused = row["refused"].c_str();
  stage.status = row["status"].c_str();
  stage.binding_keys = read_list(row["binding_keys"].c_str());
  stage.removed_keys = read_list(row["removed_keys"].c_str());
  stage.retry_delays = read_delays(row["retry_delays"].c_str());
  stage.last_seen = row["last_seen"].c_str();
  stage.last_seen_seconds = row["last_seen_seconds"].as<double>();
  stage.scheduled = row["scheduled"].as<std::size_t>();
  stage.hosts = row["hosts"].as<std::size_t>();
  stage.in_flight = row["in_flight"].as<std::size_t>();
  stage.oldest_in_flight_seconds = row["oldest"].as<double>();
  stage.oldest_report_seconds = row["oldest_report"].as<double>();
  stage.open_hosts = row["open_hosts"].as<std::size_t>();
  stage.pause_reason = row["pause_reason"].c_str();
  stage.paused_since = row["paused_since"].c_str();
  stage.differences = row["differences"].c_str();
  return stage;
}

}  // namespace

std::vector<StageOverview> read_stages(postgres::Session& session, const std::string& exchange) {
  const auto query = std::string(kOverview).append(kIsRunning).append(kOfStages);
  std::vector<StageOverview> stages;
  session.read([&](pqxx::transaction_base& work) {
    stages.clear();
    for (const auto& row : work.exec_params(query, exchange)) stages.push_back(read_stage(row));
  });
  return stages;
}

}  // namespace esteira::runtime::orders
