#pragma once
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// What is remembered of a stage for good: where its messages may wait, and which events it listens to.
struct StageRecord {
  std::string exchange;
  std::string stage;
  std::string consumes;  ///< the routing key, or pattern, that its queue is bound to
  std::vector<std::chrono::milliseconds> retry_delays;
};

/// Adds to what is remembered of the stage. To be done before its queue is bound: from then on orders wait for it.
/// Needs nothing prepared. Throws Unavailable.
void remember_stage(postgres::Session& session, const StageRecord& record);

/// What a host says of itself every few seconds, so that an audit knows how many messages are in hosts' hands.
struct Presence {
  std::string instance;  ///< a UUID, the same as long as the process lives
  std::string exchange;
  std::string stage;
  std::size_t in_flight = 0;  ///< messages it holds unacknowledged
  double oldest_seconds = 0;  ///< how long it has held the oldest of them
};

/// Needs nothing prepared. Throws Unavailable.
void report_presence(postgres::Session& session, const Presence& presence);
/// At a clean stop. What was known of its stage stays.
void withdraw_presence(postgres::Session& session, const std::string& instance);

/// Stages of an exchange that ever had a host, or that an order's timeline names, with the delays of their retry queues
/// as far as they are known.
struct KnownStage {
  std::string stage;
  std::vector<std::chrono::milliseconds> retry_delays;
};
std::vector<KnownStage> known_stages(postgres::Session& session, const std::string& exchange);

/// What the hosts of an exchange said last; those not heard of for half a minute do not count.
struct Hands {
  std::size_t hosts = 0;
  std::size_t in_flight = 0;
  double oldest_report_seconds = 0;  ///< age of the report that is oldest
};
Hands count_hands(postgres::Session& session, const std::string& exchange);

}  // namespace esteira::runtime::orders
