#include "cli/dlq/dead_queues.hpp"

#include <utility>

#include "cli/command_line.hpp"
#include "runtime/amqp/queue_reader.hpp"
#include "runtime/amqp/topology.hpp"

namespace esteira::cli {

namespace amqp = runtime::amqp;

std::vector<DeadQueue> find_dead_queues(const Installation& installation, runtime::postgres::Session& session,
                                        const std::optional<std::string>& stage) {
  auto stages = installation.stages(session);
  bool is_known = true;
  if (stage) {
    std::erase_if(stages, [&](const auto& known) { return known.stage != *stage; });
    is_known = !stages.empty();
    if (!is_known) stages.push_back({*stage, {}});
  }
  std::vector<DeadQueue> queues;
  amqp::QueueProbe probe(installation.broker, "esteira dead letters");
  for (const auto& known : stages) {
    auto name = amqp::dead_queue(installation.exchange, known.stage);
    const auto ready = probe.ready(name);
    if (ready) queues.push_back({known.stage, std::move(name), *ready});
  }
  if (!is_known && queues.empty()) {
    throw UsageError("--stage: neither the database nor the broker knows a stage '" + *stage +
                     "'; correct it, or set ESTEIRA_EXCHANGE");
  }
  return queues;
}

std::size_t count_messages(const std::vector<DeadQueue>& queues) {
  std::size_t messages = 0;
  for (const auto& queue : queues) messages += queue.ready;
  return messages;
}

}  // namespace esteira::cli
