#include "cli/installation.hpp"

#include <algorithm>
#include <stdexcept>

#include "plugins/shipped_stages.hpp"
#include "runtime/amqp/broker_error.hpp"
#include "runtime/amqp/installation_mark.hpp"
#include "runtime/config/config.hpp"
#include "runtime/orders/workers/installation_id.hpp"

namespace esteira::cli {
namespace {

namespace rt = esteira::runtime;

const std::string& required(const rt::Config& config, const std::string& name) {
  if (!config.has(name))
    throw rt::ConfigError(name + ": not set; expected the URL of the server, or its file in " +
                          rt::file_variable(name));
  return config.text(name);
}

}  // namespace

Installation Installation::from_environment() {
  const rt::Config config(rt::kCli, rt::process_environment());
  static_cast<void>(required(config, "RABBITMQ_URL"));
  return {required(config, "DATABASE_URL"),         rt::amqp::BrokerUrl::read(config),
          config.text("ESTEIRA_EXCHANGE"),          rt::Workflows::read(config),
          config.durations("ESTEIRA_RETRY_DELAYS"), config.list("ESTEIRA_OPTIONAL_EVENTS")};
}

std::vector<rt::orders::KnownStage> Installation::stages(rt::postgres::Session& session) const {
  auto stages = rt::orders::known_stages(session, exchange);
  for (const auto* shipped : kShippedStages) {
    if (std::ranges::find(stages, shipped, &rt::orders::KnownStage::stage) == stages.end()) {
      stages.push_back({shipped, {}});
    }
  }
  for (auto& [stage, delays] : stages) {
    delays.insert(delays.end(), retry_delays.begin(), retry_delays.end());
    std::ranges::sort(delays);
    delays.erase(std::unique(delays.begin(), delays.end()), delays.end());
  }
  return stages;
}

void Installation::require_own_broker(rt::postgres::Session& session) const {
  const auto [id, database] = rt::orders::read_installation_id(session);
  std::string mismatch;
  try {
    mismatch = rt::amqp::InstallationMark(broker, exchange, id, database).compare();
  } catch (const rt::amqp::BrokerError&) {
    return;
  }
  if (!mismatch.empty()) throw std::runtime_error(mismatch);
}

}  // namespace esteira::cli
