#include "runtime/amqp/topology.hpp"

#include "runtime/amqp/broker_error.hpp"
#include "runtime/amqp/channel.hpp"

namespace esteira::runtime::amqp {
namespace {

constexpr int kPreconditionFailed = 406;

/// Through the default exchange, whose routing key is the queue's name. Without x-overflow=reject-publish RabbitMQ
/// silently falls back from at-least-once to at-most-once.
QueueArguments dead_lettering_to(std::string queue) {
  return {{"x-dead-letter-exchange", std::string()},
          {"x-dead-letter-routing-key", std::move(queue)},
          {"x-dead-letter-strategy", std::string("at-least-once")},
          {"x-overflow", std::string("reject-publish")}};
}

void declare_or_explain(Channel& channel, const std::string& queue, const QueueArguments& arguments) {
  try {
    channel.declare_queue(queue, arguments);
  } catch (const BrokerError& error) {
    if (error.reply_code() != kPreconditionFailed) throw;
    throw BrokerError("queue " + queue +
                          " exists with other arguments; drain and delete it, or restore the former setting (" +
                          error.what() + ")",
                      kPreconditionFailed);
  }
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

void declare_exchange(Channel& channel, const std::string& exchange) {
  try {
    channel.declare_exchange(exchange);
  } catch (const BrokerError& error) {
    if (error.reply_code() != kPreconditionFailed) throw;
    throw BrokerError("exchange " + exchange +
                          " exists with another type; delete it, or set ESTEIRA_EXCHANGE to another name (" +
                          error.what() + ")",
                      kPreconditionFailed);
  }
}

void declare_stage(Channel& channel, const StageTopology& topology) {
  const auto queue = stage_queue(topology.exchange, topology.stage);
  const auto dead = dead_queue(topology.exchange, topology.stage);
  declare_exchange(channel, topology.exchange);
  declare_or_explain(channel, dead, {});
  auto arguments = dead_lettering_to(dead);
  arguments.push_back({"x-delivery-limit", topology.delivery_limit});
  declare_or_explain(channel, queue, arguments);
  for (const auto delay : topology.retry_delays) {
    auto retry = dead_lettering_to(queue);
    retry.push_back({"x-message-ttl", std::int64_t{delay.count()}});
    declare_or_explain(channel, retry_queue(topology.exchange, topology.stage, delay), retry);
  }
  channel.bind_queue(queue, topology.exchange, topology.consumes);
}

}  // namespace esteira::runtime::amqp
