#pragma once
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/amqp/channel.hpp"

namespace esteira::runtime::amqp {

/// The names of a stage's queues. For exchange "orders", stage "enrich" and a delay of 1 s: orders.enrich,
/// orders.enrich.dead and orders.enrich.retry.1000.
[[nodiscard]] std::string stage_queue(std::string_view exchange, std::string_view stage);
[[nodiscard]] std::string dead_queue(std::string_view exchange, std::string_view stage);
[[nodiscard]] std::string retry_queue(std::string_view exchange, std::string_view stage,
                                      std::chrono::milliseconds delay);

/// What one stage needs in the broker. TopologyDeclarer declares it.
struct StageTopology {
  std::string exchange;
  std::string stage;
  std::vector<std::string> consumes;  ///< routing keys of the bindings
  std::vector<std::chrono::milliseconds> retry_delays;
  std::vector<std::string> obsolete_keys{};  ///< the queue must not be bound to these routing keys
};

/// A queue and the arguments with which a new one is declared, beside the type "quorum".
struct QueueDeclaration {
  std::string name;
  QueueArguments arguments;
};

/// The queues of a stage. All are quorum queues.
/// - The dead-letter queue.
/// - The stage queue. It dead-letters into the dead-letter queue.
/// - One retry queue for each delay. Its TTL is the delay, and it dead-letters back into the stage queue.
/// Dead lettering is at-least-once (x-dead-letter-strategy, x-overflow=reject-publish), through the default exchange.
/// The x-delivery-limit of the first two is far above any number of deliveries that happens: hosts decide when a
/// message was delivered often enough. RabbitMQ 4 limits a queue without that argument to 20 deliveries.
/// https://www.rabbitmq.com/docs/3.10/quorum-queues
[[nodiscard]] std::vector<QueueDeclaration> stage_queues(const StageTopology& topology);

}  // namespace esteira::runtime::amqp
