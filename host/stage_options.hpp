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

/// What this host's stage is called and bound to: the settings, with the plugin's descriptor as their defaults.
struct StageOptions {
  std::string exchange;
  std::string stage;
  std::string consumes;
  std::string publishes;                                ///< empty: the chain ends here
  std::string status;                                   ///< empty: the order's status stays
  std::vector<std::chrono::milliseconds> retry_delays;  ///< rising
  std::int64_t delivery_limit = runtime::default_integer("ESTEIRA_DELIVERY_LIMIT");

  /// Throws ConfigError when the result makes no sense.
  static StageOptions from(const runtime::Config& config, const esteira_plugin_descriptor& descriptor);

  [[nodiscard]] runtime::amqp::StageTopology topology() const;
  [[nodiscard]] runtime::orders::StageRecord record() const;

  /// How long to wait before the attempt after `attempt`; nothing when that was the last one. A wish is rounded up to
  /// the delays there are (down to the longest).
  [[nodiscard]] std::optional<std::chrono::milliseconds> delay_after(
      int attempt, const std::optional<std::chrono::milliseconds>& wish) const;
};

}  // namespace esteira::host
