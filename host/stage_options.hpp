#pragma once
#include <esteira/abi.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "host/breaker_state.hpp"
#include "runtime/amqp/topology.hpp"
#include "runtime/config/config.hpp"
#include "runtime/config/setting_defaults.hpp"
#include "runtime/orders/workers/stage_registry.hpp"

namespace esteira::host {

/// The name and the bindings of this host's stage: from the settings, with the plugin's descriptor as their defaults.
struct StageOptions {
  std::string exchange;
  std::string stage;
  std::vector<std::string> consumes;  ///< routing keys of its input; sorted, at least one
  std::string publishes;              ///< routing key of the next event; empty: the workflow ends here
  std::string refused;  ///< routing key of the event of Outcome::fail; empty: the message becomes a dead letter
  std::vector<std::string> optional_events;             ///< routing keys of events that no queue needs to take
  std::string status;                                   ///< the order's status when the stage is done; empty: unchanged
  std::vector<std::chrono::milliseconds> retry_delays;  ///< ascending
  std::int64_t delivery_limit =
      runtime::default_integer("ESTEIRA_DELIVERY_LIMIT");  ///< crashes with a message after which its order fails
  std::chrono::milliseconds snooze_limit =
      runtime::default_duration("ESTEIRA_SNOOZE_LIMIT");  ///< from a stage's first snooze of an order on
  BreakerThreshold breaker;                               ///< when the stage's circuit breaker opens
  std::string instance;                                   ///< a UUID of this process

  /// Throws ConfigError when the stage would consume its own events, when it would publish the same event for done and
  /// for fail, for the event of cancelled orders, and for routing keys of the descriptor that the setting would not
  /// accept.
  static StageOptions from(const runtime::Config& config, const esteira_plugin_descriptor& descriptor);

  [[nodiscard]] bool is_optional(const std::string& event) const;
  [[nodiscard]] runtime::amqp::StageTopology topology() const;
  [[nodiscard]] runtime::orders::StageRecord record() const;

  /// The delay between `attempt` and the next one; nothing when `attempt` was the last. `wanted` replaces the one of
  /// `retry_delays` when it is above zero; it is cut to `snooze_limit`.
  [[nodiscard]] std::optional<std::chrono::milliseconds> delay_after(
      int attempt, const std::optional<std::chrono::milliseconds>& wanted) const;
  /// Whether the stage has a retry queue for this delay.
  [[nodiscard]] bool has_retry_queue(std::chrono::milliseconds delay) const;
};

}  // namespace esteira::host
