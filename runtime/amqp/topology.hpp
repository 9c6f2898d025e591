#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/config/setting_defaults.hpp"

namespace esteira::runtime::amqp {

/// The names of a stage's queues. For exchange "orders", stage "enrich" and a delay of 1 s: orders.enrich,
/// orders.enrich.dead and orders.enrich.retry.1000.
[[nodiscard]] std::string stage_queue(std::string_view exchange, std::string_view stage);
[[nodiscard]] std::string dead_queue(std::string_view exchange, std::string_view stage);
[[nodiscard]] std::string retry_queue(std::string_view exchange, std::string_view stage,
                                      std::chrono::milliseconds delay);

/// The queues that one stage needs. All are quorum queues.
/// - The stage queue, bound to `consumes`. It has an x-delivery-limit and dead-letters into the dead-letter queue.
/// - The dead-letter queue.
/// - One retry queue for each delay. Its TTL is the delay, and it dead-letters back into the stage queue.
/// Dead lettering is at-least-once (x-dead-letter-strategy, x-overflow=reject-publish), through the default exchange.
/// https://www.rabbitmq.com/docs/3.10/quorum-queues
struct StageTopology {
  std::string exchange;
  std::string stage;
  std::string consumes;  ///< routing key of the binding
  /// Unacknowledged deliveries after which the broker dead-letters a message.
  std::int64_t delivery_limit = default_integer("ESTEIRA_DELIVERY_LIMIT");
  std::vector<std::chrono::milliseconds> retry_delays;
};

class Channel;

/// Declares the topic exchange. Idempotent. Throws BrokerError.
void declare_exchange(Channel& channel, const std::string& exchange);
/// Declares the exchange, the queues and the binding. Idempotent. Throws BrokerError. When a queue exists with other
/// arguments, the text says in one line what to do.
void declare_stage(Channel& channel, const StageTopology& topology);

}  // namespace esteira::runtime::amqp
