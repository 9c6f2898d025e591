#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "runtime/config/config.hpp"

namespace esteira::runtime {

/// A workflow of the settings.
struct ConfiguredWorkflow {
  std::string name;
  std::string first_event;    ///< routing key of the event that brings an order to its first stage
  bool needs_prices = false;  ///< every item of an order needs a price; only the API reads this
};

/// The workflows that orders may have: those of ESTEIRA_WORKFLOWS, else one of ESTEIRA_WORKFLOW and
/// ESTEIRA_FIRST_EVENT. Immutable.
class Workflows {
 public:
  /// Those of an environment that sets none of these settings.
  Workflows() : workflows_{{"default", "order.created"}}, fallback_("default") {}
  /// Throws ConfigError when ESTEIRA_WORKFLOW or ESTEIRA_PRICED_WORKFLOWS names a workflow that does not exist.
  static Workflows read(const Config& config);

  /// Null when there is none of this name.
  [[nodiscard]] const ConfiguredWorkflow* find(std::string_view name) const;
  /// The workflow of an order that names none.
  [[nodiscard]] const ConfiguredWorkflow& fallback() const { return *find(fallback_); }
  [[nodiscard]] const std::vector<ConfiguredWorkflow>& all() const { return workflows_; }
  /// The names, in the order of the settings, separated by commas.
  [[nodiscard]] std::string names() const;
  [[nodiscard]] std::vector<std::string> first_events() const;

 private:
  ConfiguredWorkflow& find_configured(std::string_view name, std::string_view setting);

  std::vector<ConfiguredWorkflow> workflows_;
  std::string fallback_;
};

}  // namespace esteira::runtime
