#pragma once
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "runtime/amqp/queue_reader.hpp"

namespace esteira::runtime::amqp {

/// The messages that wait in the queues of a stage, and who consumes them.
struct StageMessages {
  bool has_queue = false;  ///< the stage's queue exists
  std::size_t ready = 0;   ///< in the stage's queue
  std::size_t retrying = 0;
  std::size_t dead = 0;
  std::size_t consumers = 0;  ///< of the stage's queue
};

/// Counts them one queue after the other, while messages move. Changes nothing. Throws BrokerError.
StageMessages count_stage_messages(QueueProbe& probe, const std::string& exchange, const std::string& stage,
                                   const std::vector<std::chrono::milliseconds>& retry_delays);

}  // namespace esteira::runtime::amqp
