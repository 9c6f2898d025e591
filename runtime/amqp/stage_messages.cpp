#include "runtime/amqp/stage_messages.hpp"

#include "runtime/amqp/topology.hpp"

namespace esteira::runtime::amqp {

StageMessages count_stage_messages(QueueProbe& probe, const std::string& exchange, const std::string& stage,
                                   const std::vector<std::chrono::milliseconds>& retry_delays) {
  StageMessages messages;
  if (const auto state = probe.state(stage_queue(exchange, stage))) {
    messages.has_queue = true;
    messages.ready = state->ready;
    messages.consumers = state->consumers;
  }
  for (const auto delay : retry_delays) {
    messages.retrying += probe.ready(retry_queue(exchange, stage, delay)).value_or(0);
  }
  messages.dead = probe.ready(dead_queue(exchange, stage)).value_or(0);
  return messages;
}

}  // namespace esteira::runtime::amqp
