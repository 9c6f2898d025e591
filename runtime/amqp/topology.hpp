#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace esteira::runtime::amqp {

/// The names of everything in the broker, from the exchange and the stage. For exchange "orders" and stage "enrich":
/// queues orders.enrich, orders.enrich.dead, orders.enrich.retry.1000.
[[nodiscard]] std::string stage_queue(std::string_view exchange, std::string_view stage);
[[nodiscard]] std::string dead_queue(std::string_view exchange, std::string_view stage);
[[nodiscard]] std::string retry_queue(std::string_view exchange, std::string_view stage,
                                      std::chrono::milliseconds delay);

/// What one stage needs: its quorum queue bound to `consumes` with x-delivery-limit and at-least-once dead lettering
/// (x-dead-letter-strategy, x-overflow=reject-publish) into the dead queue, and one quorum queue a delay with a TTL
/// that dead-letters back, at least once, to the stage queue through the default exchange.
/// https://www.rabbitmq.com/docs/3.10/quorum-queues
struct StageTopology {
  std::string exchange;
  std::string stage;
  std::string consumes;
  std::int64_t delivery_limit = 20;
  std::vector<std::chrono::milliseconds> retry_delays;
};

class Channel;

/// Declares the topic exchange alone. Idempotent. Throws BrokerError.
void declare_exchange(Channel& channel, const std::string& exchange);
/// Declares exchange, queues and binding. Idempotent. A queue that exists with other arguments throws BrokerError with
/// the remedy in one line.
void declare_stage(Channel& channel, const StageTopology& topology);

}  // namespace esteira::runtime::amqp
