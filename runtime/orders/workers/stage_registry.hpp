#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/orders/workers/worker_heartbeat.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// A stage as one of its hosts declares it.
struct StageRecord {
  std::string exchange;
  std::string stage;
  std::vector<std::string> consumes;  ///< the routing keys that its queue is bound to; sorted, at least one
  std::vector<std::chrono::milliseconds> retry_delays;
  std::string plugin{};
  std::string plugin_version{};
  std::string publishes{};  ///< empty: nothing
  std::string status{};     ///< the order's status after the stage; empty: unchanged
  std::string refused{};    ///< routing key of its refused event; empty: none
};

/// What the queue of a stage is to be bound to, as the newest host of the stage declares it.
struct QueueKeys {
  std::vector<std::string> consumes;  ///< sorted
  std::vector<std::string> obsolete;  ///< other keys that it was ever bound to
  friend bool operator==(const QueueKeys&, const QueueKeys&) = default;
};

/// Another plugin runs under the stage's name. what() is one line with the remedy.
class StageConflict : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The functions below need no prepared statement and throw Unavailable.

/// Registers a stage as it is declared by its newest host. Keys and delays that were registered before are kept as
/// well: messages may wait in queues of these delays, and the queue may be bound to these keys.
void register_stage(postgres::Session& session, const StageRecord& record);

/// The same for a host: refuses it while a host of the stage with another plugin is running, and writes its first
/// heartbeat, in one transaction. Of two hosts that start at the same time one sees the other. Call it before the queue
/// is bound: from then on orders wait for the stage. Throws StageConflict.
QueueKeys register_host(postgres::Session& session, const StageRecord& record, const WorkerHeartbeat& heartbeat);

/// Writes a heartbeat. Registers the host again when its stage is not registered any more, or when the host that
/// registered last is gone and left other declarations. Throws StageConflict, and has written the heartbeat then.
QueueKeys renew_host(postgres::Session& session, const StageRecord& record, const WorkerHeartbeat& heartbeat);

/// Records that the stage's queue is not bound to these keys any more. Ignores a key that is to be bound again.
void record_removed_bindings(postgres::Session& session, const std::string& exchange, const std::string& stage,
                             const std::vector<std::string>& keys);

/// What to remove of a stage from the broker.
struct ForgottenStage {
  std::string stage;
  std::vector<std::string> binding_keys;  ///< keys that its queue may be bound to
  std::vector<std::chrono::milliseconds> retry_delays;
  std::size_t scheduled = 0;  ///< messages that wait in the database for the stage; the removal deletes them
};

/// Deletes the registration of a stage. A host that starts meanwhile waits until this has ended, and registers anew.
/// `remove_queues` is called before the registration is gone, possibly again after a lost connection; what it throws
/// keeps the registration. Returns false when the stage is not registered. Throws StageConflict when a host of the
/// stage is running, or an event for its queue is in the outbox.
bool forget_stage(postgres::Session& session, const std::string& exchange, const std::string& stage,
                  const std::function<void(const ForgottenStage&)>& remove_queues);

/// A stage, and all retry delays that its hosts ever had: none when only an event names the stage.
struct KnownStage {
  std::string stage;
  std::vector<std::chrono::milliseconds> retry_delays;
};

/// The registered stages of an exchange, and the stages that events name.
std::vector<KnownStage> known_stages(postgres::Session& session, const std::string& exchange);

}  // namespace esteira::runtime::orders
