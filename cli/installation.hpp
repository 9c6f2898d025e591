#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "runtime/amqp/broker_url.hpp"
#include "runtime/orders/workers/stage_registry.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::cli {

/// The installation that the environment names. Throws ConfigError.
struct Installation {
  static Installation from_environment();

  std::string database_url;
  runtime::amqp::BrokerUrl broker;
  std::string exchange;
  std::string first_event;
  std::vector<std::chrono::milliseconds> retry_delays;  ///< as a host in this environment would have them

  /// Those that are known from hosts and timelines, and the shipped ones. The installation's own retry delays belong to
  /// each.
  [[nodiscard]] std::vector<runtime::orders::KnownStage> stages(runtime::postgres::Session& session) const;
};

}  // namespace esteira::cli
