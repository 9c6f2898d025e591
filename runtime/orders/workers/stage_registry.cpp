#include "runtime/orders/workers/stage_registry.hpp"

#include <cstdint>

#include "runtime/postgres/array.hpp"
#include "runtime/text/lists.hpp"

namespace esteira::runtime::orders {
namespace {

/// Locks the stage's row, and makes it first when there is none: registrations of a stage happen one after the other.
constexpr const char* kLock = R"(
insert into registered_stages (exchange, stage, retry_delays) values ($1, $2, '{}')
on conflict on constraint registered_stages_pk do update set stage = excluded.stage)";

constexpr const char* kRegister = R"(
with bound_again as (
  delete from removed_bindings where exchange = $1 and stage = $2 and routing_key = any ($4::text[])
)
update registered_stages r
set retry_delays = array(select distinct unnest(r.retry_delays || $3::bigint[]) order by 1),
    binding_keys = array(select distinct key from unnest(r.binding_keys || r.more_keys || ($4::text[])[1]) as key
                         where key <> all (($4::text[])[2:]) order by 1),
    consumes = ($4::text[])[1], more_keys = ($4::text[])[2:], plugin = $5, plugin_version = $6, publishes = $7,
    status = $8, refused = $9, last_seen = now()
where exchange = $1 and stage = $2)";

constexpr const char* kFindOtherPlugin = R"(
select plugin, plugin_version, round(extract(epoch from now() - heartbeat_at)) as age from worker_heartbeats
where exchange = $1 and stage = $2 and plugin <> $3 and instance <> $4::uuid and )";

/// Hosts that were killed leave their row.
constexpr const char* kPruneHosts = "delete from worker_heartbeats where heartbeat_at < now() - interval '1 day'";

/// No row: not registered. is_current: a running host declares what is registered.
constexpr const char* kRenew = R"(
update registered_stages r set last_seen = now() where exchange = $1 and stage = $2
returning exists (
  select from worker_heartbeats h
  where h.exchange = r.exchange and h.stage = r.stage
    and (h.plugin, h.plugin_version, h.consumes, h.more_keys, h.publishes, h.status)
        = (r.plugin, r.plugin_version, r.consumes, r.more_keys, r.publishes, r.status)
    and h.refused is not distinct from r.refused and )";

constexpr const char* kKeys = R"(
select distinct key, key = r.consumes or key = any (r.more_keys) as is_consumed
from registered_stages r, unnest(r.bound_keys) as key
where r.exchange = $1 and r.stage = $2 order by key)";

/// `running`: hosts, `addressed`: rows of the outbox that go to the stage's queue, `scheduled`: messages that wait in
/// the database for the stage and are still needed.
constexpr const char* kLockToForget = R"(
select array_to_string(array(select distinct key from unnest(r.bound_keys) as key
                             where not exists (select from removed_bindings b where b.exchange = $1 and b.stage = $2
                                                                                and b.routing_key = key)), ',') as keys,
       array_to_string(r.retry_delays, ',') as delays,
       (select count(*) from outbox x where x.exchange = '' and x.routing_key = $1 || '.' || $2) as addressed,
       (select count(*) from scheduled_messages m
        where m.exchange = $1 and m.stage = $2
          and not exists (select from order_events e where e.order_id = m.order_id and e.stage = m.stage
                                                       and e.redrive = m.redrive and e.entry_kind = 'result')
          and not message_is_superseded(m.order_id, m.stage, m.redrive, m.attempt, m.snoozes)) as scheduled,
       (select count(*) from worker_heartbeats h where h.exchange = $1 and h.stage = $2 and )";

constexpr const char* kForget[] = {"delete from registered_stages where exchange = $1 and stage = $2",
                                   "delete from removed_bindings where exchange = $1 and stage = $2",
                                   "delete from stage_pauses where exchange = $1 and stage = $2",
                                   "delete from scheduled_messages where exchange = $1 and stage = $2",
                                   "delete from worker_heartbeats where exchange = $1 and stage = $2"};

/// The lock keeps a host from registering a key between the look at it and the insert.
constexpr const char* kRecordRemoved = R"(
with stage as (
  select exchange, stage, consumes, more_keys, bound_keys from registered_stages where exchange = $1 and stage = $2 for update
)
insert into removed_bindings (exchange, stage, routing_key)
select s.exchange, s.stage, key from stage s, unnest($3::text[]) as key
where key <> s.consumes and key <> all (s.more_keys) and key = any (s.bound_keys)
on conflict on constraint removed_bindings_pk do nothing)";

/// A few thousand events name every stage in use, even one that no host has registered.
constexpr const char* kKnown = R"(
select s.stage, coalesce(array_to_string(r.retry_delays, ','), '') as retry_delays
from (select stage from registered_stages where exchange = $1
      union
      select distinct stage from (select stage from order_events where outcome <> 'accepted' limit 10000) recent) s
left join registered_stages r on r.exchange = $1 and r.stage = s.stage
order by s.stage)";

void write_registration(pqxx::work& work, const StageRecord& record) {
  postgres::ArrayLiteral delays;
  for (const auto delay : record.retry_delays) delays.add(std::int64_t{delay.count()});
  postgres::ArrayLiteral keys;
  for (const auto& key : record.consumes) keys.add(key);
  work.exec_params0(kRegister, record.exchange, record.stage, delays.str(), keys.str(), record.plugin,
                    record.plugin_version, record.publishes, record.status, record.refused);
}

void refuse_other_plugin(pqxx::work& work, const StageRecord& record, const std::string& instance) {
  const auto query = std::string(kFindOtherPlugin).append(kIsRunning).append(" order by heartbeat_at desc limit 1");
  for (const auto& row : work.exec_params(query, record.exchange, record.stage, record.plugin, instance)) {
    std::string text = "stage " + record.stage;
    text.append(" is run by plugin ").append(row["plugin"].c_str()).append(" ").append(row["plugin_version"].c_str());
    text.append(" (a host reported ").append(row["age"].c_str()).append(" s ago), and this host has plugin ");
    text.append(record.plugin).append(": stop that host first (one that was killed counts for 30 s), ");
    text.append("or set ESTEIRA_STAGE to another name");
    throw StageConflict(text);
  }
}

QueueKeys read_keys(pqxx::work& work, const StageRecord& record) {
  QueueKeys keys;
  for (const auto& row : work.exec_params(kKeys, record.exchange, record.stage)) {
    (row["is_consumed"].as<bool>() ? keys.consumes : keys.obsolete).emplace_back(row["key"].c_str());
  }
  return keys;
}

bool is_current(pqxx::work& work, const StageRecord& record) {
  const auto query = std::string(kRenew).append(kIsRunning).append(") as is_current");
  const auto rows = work.exec_params(query, record.exchange, record.stage);
  return !rows.empty() && rows[0]["is_current"].as<bool>();
}

}  // namespace

void register_stage(postgres::Session& session, const StageRecord& record) {
  session.transact([&](pqxx::work& work) {
    work.exec_params0(kLock, record.exchange, record.stage);
    write_registration(work, record);
  });
}

QueueKeys register_host(postgres::Session& session, const StageRecord& record, const WorkerHeartbeat& heartbeat) {
  QueueKeys keys;
  session.transact([&](pqxx::work& work) {
    work.exec_params0(kLock, record.exchange, record.stage);
    refuse_other_plugin(work, record, heartbeat.instance);
    write_registration(work, record);
    write_heartbeat(work, heartbeat);
    work.exec0(kPruneHosts);
    keys = read_keys(work, record);
  });
  return keys;
}

QueueKeys renew_host(postgres::Session& session, const StageRecord& record, const WorkerHeartbeat& heartbeat) {
  bool current = false;
  QueueKeys keys;
  session.transact([&](pqxx::work& work) {
    write_heartbeat(work, heartbeat);
    current = is_current(work, record);
    if (current) keys = read_keys(work, record);
  });
  return current ? keys : register_host(session, record, heartbeat);
}

void record_removed_bindings(postgres::Session& session, const std::string& exchange, const std::string& stage,
                             const std::vector<std::string>& keys) {
  postgres::ArrayLiteral array;
  for (const auto& key : keys) array.add(key);
  session.transact([&](pqxx::work& work) { work.exec_params0(kRecordRemoved, exchange, stage, array.str()); });
}

bool forget_stage(postgres::Session& session, const std::string& exchange, const std::string& stage,
                  const std::function<void(const ForgottenStage&)>& remove_queues) {
  const auto query = std::string(kLockToForget)
                         .append(kIsRunning)
                         .append(") as running from registered_stages r where exchange = $1 and stage = $2 for update");
  bool found = false;
  session.transact([&](pqxx::work& work) {
    const auto rows = work.exec_params(query, exchange, stage);
    found = !rows.empty();
    if (!found) return;
    if (rows[0]["running"].as<std::size_t>() > 0) {
      throw StageConflict("stage " + stage +
                          " has a running host: stop it first (one that was killed counts for 30 s)");
    }
    if (rows[0]["addressed"].as<std::size_t>() > 0) {
      throw StageConflict("orders are being sent to stage " + stage + ": try again in some seconds");
    }
    remove_queues({stage, read_list(rows[0]["keys"].c_str()), read_delays(rows[0]["delays"].c_str()),
                   rows[0]["scheduled"].as<std::size_t>()});
    for (const auto* statement : kForget) work.exec_params0(statement, exchange, stage);
  });
  return found;
}

std::vector<KnownStage> known_stages(postgres::Session& session, const std::string& exchange) {
  std::vector<KnownStage> stages;
  session.read([&](pqxx::transaction_base& work) {
    stages.clear();
    for (const auto& row : work.exec_params(kKnown, exchange)) {
      stages.push_back({row["stage"].c_str(), read_delays(row["retry_delays"].c_str())});
    }
  });
  return stages;
}

}  // namespace esteira::runtime::orders
