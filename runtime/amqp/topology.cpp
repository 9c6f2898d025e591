#include "runtime/amqp/topology.hpp"

#include <utility>

namespace esteira::runtime::amqp {
namespace {

/// Deliveries after which the broker gives a message up.
constexpr std::int64_t kDeliveryLimit = 1'000'000;

QueueArgument delivery_limit() { return {"x-delivery-limit", kDeliveryLimit}; }

/// A policy with a length limit then refuses publications instead of dropping the oldest messages.
QueueArgument reject_publish() { return {"x-overflow", std::string("reject-publish")}; }

/// Through the default exchange, whose routing key is the queue's name. Without x-overflow=reject-publish RabbitMQ
/// silently falls back from at-least-once to at-most-once.
QueueArguments dead_lettering_to(std::string queue) {
  return {{"x-dead-letter-exchange", std::string()},
          {"x-dead-letter-routing-key", std::move(queue)},
          {"x-dead-letter-strategy", std::string("at-least-once")},
          reject_publish()};
}

}  // namespace

std::string stage_queue(std::string_view exchange, std::string_view stage) {
  return std::string(exchange).append(".").append(stage);
}

std::string dead_queue(std::string_view exchange, std::string_view stage) {
  return stage_queue(exchange, stage) + ".dead";
}

std::string retry_queue(std::string_view exchange, std::string_view stage, std::chrono::milliseconds delay) {
  return stage_queue(exchange, stage) + ".retry." + std::to_string(delay.count());
}

std::vector<QueueDeclaration> stage_queues(const StageTopology& topology) {
  const auto queue = stage_queue(topology.exchange, topology.stage);
  const auto dead = dead_queue(topology.exchange, topology.stage);
  auto stage_arguments = dead_lettering_to(dead);
  stage_arguments.push_back(delivery_limit());
  std::vector<QueueDeclaration> queues{{dead, {reject_publish(), delivery_limit()}},
                                       {queue, std::move(stage_arguments)}};
  for (const auto delay : topology.retry_delays) {
    auto arguments = dead_lettering_to(queue);
    arguments.push_back({"x-message-ttl", std::int64_t{delay.count()}});
    queues.push_back({retry_queue(topology.exchange, topology.stage, delay), std::move(arguments)});
  }
  return queues;
}

}  // namespace esteira::runtime::amqp
