#pragma once
#include <esteira/abi.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "runtime/amqp/topology.hpp"
#include "runtime/config/config.hpp"
#include "runtime/config/setting_defaults.hpp"
#include "runtime/orders/workers/stage_registry.hpp"

namespace esteira::host {

/// The name and the bindings of this host's stage: from the settings, with the plugin's descriptor as their defaults.
struct StageOptions {
  std::string exchange;
  std::string stage;
  std::string consumes;
  std::string publishes;  ///< routing key of the next event; empty: the workflow ends here
  std::string status;     ///< the order's status when the stage is done; empty: unchanged
  std::vector<std::chrono::milliseconds> retry_delays;  ///< ascending
  std::int64_t delivery_limit =
      runtime::default_integer("ESTEIRA_DELIVERY_LIMIT");  ///< crashes with a message after which its order fails
  std::string instance;                                    ///< a UUID of this process

  /// Throws ConfigError when the stage would consume its own events.
  static StageOptions from(const runtime::Config& config, const esteira_plugin_descriptor& descriptor);

  [[nodiscard]] runtime::amqp::StageTopology topology() const;
  [[nodiscard]] runtime::orders::StageRecord record() const;

  /// The delay between `attempt` and the next one; nothing when `attempt` was the last. `wanted` is rounded up to one
  /// of `retry_delays`, or down to the longest.
  [[nodiscard]] std::optional<std::chrono::milliseconds> delay_after(
      int attempt, const std::optional<std::chrono::milliseconds>& wanted) const;
};

}  // namespace esteira::host
