#include "host/stage_options.hpp"

#include <algorithm>

#include "runtime/text/uuid.hpp"

namespace esteira::host {

namespace {

std::string setting_or(const runtime::Config& config, std::string_view name, const char* fallback) {
  return config.has(name) ? config.text(name) : std::string(fallback);
}

}  // namespace

StageOptions StageOptions::from(const runtime::Config& config, const esteira_plugin_descriptor& descriptor) {
  StageOptions options;
  options.exchange = config.text("ESTEIRA_EXCHANGE");
  options.stage = setting_or(config, "ESTEIRA_STAGE", descriptor.name);
  options.consumes = setting_or(config, "ESTEIRA_CONSUMES", descriptor.consumes);
  options.publishes = setting_or(config, "ESTEIRA_PUBLISHES", descriptor.publishes);
  options.status = setting_or(config, "ESTEIRA_STATUS", descriptor.status);
  if (options.status == "none") options.status.clear();
  options.retry_delays = config.durations("ESTEIRA_RETRY_DELAYS");
  std::sort(options.retry_delays.begin(), options.retry_delays.end());
  options.delivery_limit = config.integer("ESTEIRA_DELIVERY_LIMIT");
  options.instance = runtime::random_uuid();
  if (options.consumes == options.publishes) {
    throw runtime::ConfigError("ESTEIRA_PUBLISHES is the same as ESTEIRA_CONSUMES (" + options.consumes +
                               "): the stage would consume its own events; set another routing key");
  }
  return options;
}

runtime::amqp::StageTopology StageOptions::topology() const { return {exchange, stage, consumes, retry_delays}; }

runtime::orders::StageRecord StageOptions::record() const {
  runtime::orders::StageRecord record{exchange, stage, consumes, retry_delays};
  record.publishes = publishes;
  record.status = status;
  return record;
}

std::optional<std::chrono::milliseconds> StageOptions::delay_after(
    int attempt, const std::optional<std::chrono::milliseconds>& wanted) const {
  const auto index = static_cast<std::size_t>(std::max(attempt, 1) - 1);
  if (index >= retry_delays.size()) return std::nullopt;
  if (!wanted) return retry_delays[index];
  const auto found = std::lower_bound(retry_delays.begin(), retry_delays.end(), *wanted);
  return found == retry_delays.end() ? retry_delays.back() : *found;
}

}  // namespace esteira::host
