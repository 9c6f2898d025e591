#pragma once
#include <chrono>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// A host's report, repeated every few seconds. An audit reads from it how many messages hosts hold.
struct WorkerHeartbeat {
  std::string instance;  ///< a UUID that stays the same as long as the process lives
  std::string exchange;
  std::string stage;
  std::size_t in_flight = 0;                            ///< messages that the host holds unacknowledged
  double oldest_seconds = 0;                            ///< for how long it has held the oldest of them
  std::vector<std::chrono::milliseconds> retry_delays;  ///< ascending
  // What the host declares, as in StageRecord.
  std::string plugin;
  std::string plugin_version;
  std::vector<std::string> consumes;
  std::string publishes;
  std::string refused;
  std::string status;
  std::string breaker = "closed";  ///< the state of its circuit breaker: closed, half-open or open
};

/// The condition, in SQL, that a row of worker_heartbeats is of a running host: its last heartbeat is at most 30 s old.
inline constexpr const char* kIsRunning = "heartbeat_at > now() - interval '30 seconds' and isfinite(heartbeat_at)";

/// Inserts or updates the host's row. Needs no prepared statement. Throws Unavailable.
void report_heartbeat(postgres::Session& session, const WorkerHeartbeat& heartbeat);
/// The same in a transaction of the caller.
void write_heartbeat(pqxx::work& work, const WorkerHeartbeat& heartbeat);
/// Deletes the host's row at a clean stop. The stage stays registered. Throws Unavailable.
void remove_heartbeat(postgres::Session& session, const std::string& instance);

/// The time of each host's heartbeat as text, to see whether it changes; "" for a host that has none. Throws
/// Unavailable.
std::map<std::string, std::string> read_heartbeats(postgres::Session& session, const std::set<std::string>& instances);

/// The sum over the hosts of an exchange. A host whose last heartbeat is older than 30 seconds does not count.
struct InFlightTotals {
  std::size_t hosts = 0;
  std::size_t in_flight = 0;
  double oldest_report_seconds = 0;  ///< age of the oldest heartbeat that counts
};
InFlightTotals read_in_flight_totals(postgres::Session& session, const std::string& exchange);

/// A stage whose running hosts have different retry delays.
struct DifferentDelays {
  std::string stage;
  std::string delays;  ///< the delays of each kind of host in milliseconds: "1000,5000 and 1000,7000"
};
/// The stages of an exchange whose hosts differ. Needs no prepared statement. Throws Unavailable.
std::vector<DifferentDelays> find_different_delays(postgres::Session& session, const std::string& exchange);

}  // namespace esteira::runtime::orders
