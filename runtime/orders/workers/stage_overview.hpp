#pragma once
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// A stage as it is registered, and its running hosts taken together.
struct StageOverview {
  std::string stage;
  std::string plugin;  ///< empty: no host of this version has registered the stage, and the next five are not known
  std::string plugin_version;
  std::vector<std::string> consumes;
  std::string publishes;
  std::string refused;
  std::string status;
  std::vector<std::string> binding_keys;  ///< keys that its queue may be bound to
  std::vector<std::string> removed_keys;  ///< keys that it was bound to: messages of these events may still wait in it
  std::vector<std::chrono::milliseconds> retry_delays;
  std::string last_seen;         ///< UTC, as in 2026-11-29T00:10:00Z
  double last_seen_seconds = 0;  ///< its age
  std::size_t scheduled = 0;     ///< messages that wait in the database until they are due
  std::size_t hosts = 0;         ///< running hosts
  std::size_t in_flight = 0;     ///< messages that they hold unacknowledged
  double oldest_in_flight_seconds = 0;
  std::size_t open_hosts = 0;  ///< running hosts whose circuit breaker is open or half-open
  std::string paused_since;    ///< UTC, as last_seen; empty: the stage is not paused
  std::string pause_reason;
  double oldest_report_seconds = 0;  ///< age of the oldest of their heartbeats
  std::string differences;           ///< what its running hosts declare differently, one line; empty: nothing
};

/// The registered stages of an exchange, by name. Needs no prepared statement. Throws Unavailable.
std::vector<StageOverview> read_stages(postgres::Session& session, const std::string& exchange);

}  // namespace esteira::runtime::orders
