#include "cli/plant.hpp"

#include <algorithm>
#include <stdexcept>

#include "runtime/config/config.hpp"

namespace esteira::cli {
namespace {

namespace rt = esteira::runtime;

const std::string& required(const rt::Config& config, const std::string& name) {
  if (!config.has(name)) throw rt::ConfigError(name + ": not set");
  return config.text(name);
}

/// A setting that only other programs read: what they would see here.
std::string foreign_setting(const rt::Environment& environment, std::string_view name) {
  const auto given = environment.find(name);
  if (given != environment.end() && !given->second.empty()) return given->second;
  const auto catalogue = rt::setting_catalogue();
  return std::string(std::ranges::find(catalogue, name, &rt::Setting::name)->default_value);
}

std::vector<std::chrono::milliseconds> read_retry_delays(std::string text) {
  std::vector<std::chrono::milliseconds> delays;
  std::erase(text, ' ');
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    try {
      delays.push_back(rt::parse_duration(text.substr(begin, end - begin)));
    } catch (const std::invalid_argument& fault) {
      throw rt::ConfigError(std::string("ESTEIRA_RETRY_DELAYS: ") + fault.what());
    }
    begin = end + 1;
  }
  return delays;
}

}  // namespace

Plant Plant::from_environment() {
  const auto environment = rt::process_environment();
  const rt::Config config(rt::kCli, environment);
  return {required(config, "DATABASE_URL"), rt::amqp::BrokerUrl::parse(required(config, "RABBITMQ_URL")),
          config.text("ESTEIRA_EXCHANGE"), foreign_setting(environment, "ESTEIRA_FIRST_EVENT"),
          read_retry_delays(foreign_setting(environment, "ESTEIRA_RETRY_DELAYS"))};
}

std::vector<rt::orders::KnownStage> Plant::stages(rt::postgres::Session& session) const {
  auto stages = rt::orders::known_stages(session, exchange);
  for (const auto* shipped : {"process", "enrich", "finalize"}) {
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

}  // namespace esteira::cli
