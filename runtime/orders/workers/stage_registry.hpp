#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// A stage as its hosts registered it: the queues in which its messages may wait, and the keys its queue is bound to.
struct StageRecord {
  std::string exchange;
  std::string stage;
  std::string binding_key;  ///< the routing key, or pattern, that its queue is bound to
  std::vector<std::chrono::milliseconds> retry_delays;
};

/// Adds the record's key and delays to what is registered for the stage; nothing registered before is removed. Call it
/// before the queue is bound: from then on orders wait for the stage. Needs no prepared statement. Throws Unavailable.
void register_stage(postgres::Session& session, const StageRecord& record);

/// A stage, and all retry delays that its hosts ever had: none when only an event names the stage.
struct KnownStage {
  std::string stage;
  std::vector<std::chrono::milliseconds> retry_delays;
};

/// The registered stages of an exchange, and the stages that events name. Throws Unavailable.
std::vector<KnownStage> known_stages(postgres::Session& session, const std::string& exchange);

}  // namespace esteira::runtime::orders
