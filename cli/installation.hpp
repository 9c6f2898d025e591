#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "runtime/amqp/broker_url.hpp"
#include "runtime/config/workflows.hpp"
#include "runtime/orders/workers/stage_registry.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::cli {

/// The servers and names of an installation.
struct Installation {
  /// Reads the environment. Throws ConfigError when a setting is missing or wrong.
  static Installation from_environment();

  std::string database_url;
  runtime::amqp::BrokerUrl broker;
  std::string exchange;
  runtime::Workflows workflows;
  std::vector<std::chrono::milliseconds> retry_delays;  ///< the retry delays of a host with this environment
  std::vector<std::string> optional_events;             ///< routing keys of events that need no consumer

  /// The stages that the database knows from hosts and timelines, and the shipped stages. Each has the retry delays of
  /// its hosts and those of this environment.
  [[nodiscard]] std::vector<runtime::orders::KnownStage> stages(runtime::postgres::Session& session) const;

  /// Throws when the broker belongs to another installation than the database of `session`. A command calls this before
  /// it changes anything or compares orders with queues. While the broker is away that cannot be told: then no queue is
  /// emptied, and the API compares before it publishes the outbox.
  void require_own_broker(runtime::postgres::Session& session) const;
};

}  // namespace esteira::cli
