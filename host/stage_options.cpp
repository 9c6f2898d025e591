#include "host/stage_options.hpp"

#include <algorithm>

#include "runtime/orders/store/cancellation.hpp"
#include "runtime/text/uuid.hpp"

namespace esteira::host {

namespace {

std::string setting_or(const runtime::Config& config, std::string_view name, const char* fallback) {
  return config.has(name) ? config.text(name) : std::string(fallback);
}

/// As `setting_or`, for a setting whose value `none` stands for nothing.
std::string setting_or_none(const runtime::Config& config, std::string_view name, const char* fallback) {
  auto value = setting_or(config, name, fallback);
  return value == "none" ? std::string() : value;
}

/// Sorted: two hosts with the same keys in another order declare the same.
std::vector<std::string> consumed_keys(const runtime::Config& config, const esteira_plugin_descriptor& descriptor) {
  std::vector<std::string> keys;
  if (config.has("ESTEIRA_CONSUMES")) {
    keys = config.list("ESTEIRA_CONSUMES");
  } else {
    for (const auto* key = descriptor.consumes; *key != nullptr; ++key) keys.emplace_back(*key);
  }
  std::ranges::sort(keys);
  return keys;
}

void refuse_reserved_event(const char* setting, const std::string& key) {
  if (key != runtime::orders::kCancelledEvent) return;
  throw runtime::ConfigError(std::string(setting) + " is " + key +
                             ", which the host publishes when an order is cancelled; set another routing key");
}

void refuse_own_event(const StageOptions& options, const char* setting, const std::string& key) {
  if (std::ranges::find(options.consumes, key) == options.consumes.end()) return;
  throw runtime::ConfigError(std::string(setting) + " is the same as ESTEIRA_CONSUMES (" + key +
                             "): the stage would consume its own events; set another routing key");
}

}  // namespace

StageOptions StageOptions::from(const runtime::Config& config, const esteira_plugin_descriptor& descriptor) {
  StageOptions options;
  options.exchange = config.text("ESTEIRA_EXCHANGE");
  options.stage = setting_or(config, "ESTEIRA_STAGE", descriptor.name);
  options.consumes = consumed_keys(config, descriptor);
  options.publishes = setting_or_none(config, "ESTEIRA_PUBLISHES", descriptor.publishes);
  options.refused = setting_or_none(config, "ESTEIRA_REFUSED", descriptor.refused);
  options.optional_events = config.list("ESTEIRA_OPTIONAL_EVENTS");
  options.status = setting_or_none(config, "ESTEIRA_STATUS", descriptor.status);
  options.retry_delays = config.durations("ESTEIRA_RETRY_DELAYS");
  std::sort(options.retry_delays.begin(), options.retry_delays.end());
  options.delivery_limit = config.integer("ESTEIRA_DELIVERY_LIMIT");
  options.snooze_limit = config.duration("ESTEIRA_SNOOZE_LIMIT");
  options.breaker = BreakerThreshold::parse(config.text("ESTEIRA_BREAKER"));
  options.instance = runtime::random_uuid();
  refuse_reserved_event("ESTEIRA_PUBLISHES", options.publishes);
  refuse_reserved_event("ESTEIRA_REFUSED", options.refused);
  refuse_own_event(options, "ESTEIRA_PUBLISHES", options.publishes);
  refuse_own_event(options, "ESTEIRA_REFUSED", options.refused);
  if (!options.refused.empty() && options.refused == options.publishes) {
    throw runtime::ConfigError("ESTEIRA_REFUSED is the same as ESTEIRA_PUBLISHES (" + options.refused +
                               "): the next stage would work on a failed order; set another routing key");
  }
  return options;
}

bool StageOptions::is_optional(const std::string& event) const {
  return std::ranges::find(optional_events, event) != optional_events.end();
}

runtime::amqp::StageTopology StageOptions::topology() const { return {exchange, stage, consumes, retry_delays}; }

runtime::orders::StageRecord StageOptions::record() const {
  runtime::orders::StageRecord record{exchange, stage, consumes, retry_delays};
  record.publishes = publishes;
  record.refused = refused;
  record.status = status;
  return record;
}

std::optional<std::chrono::milliseconds> StageOptions::delay_after(
    int attempt, const std::optional<std::chrono::milliseconds>& wanted) const {
  const auto index = static_cast<std::size_t>(std::max(attempt, 1) - 1);
  if (index >= retry_delays.size()) return std::nullopt;
  if (!wanted || wanted->count() <= 0) return retry_delays[index];
  return std::min(*wanted, snooze_limit);
}

bool StageOptions::has_retry_queue(std::chrono::milliseconds delay) const {
  return std::binary_search(retry_delays.begin(), retry_delays.end(), delay);
}

}  // namespace esteira::host
