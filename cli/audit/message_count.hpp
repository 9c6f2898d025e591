#pragma once
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "cli/installation.hpp"
#include "runtime/amqp/queue_reader.hpp"

namespace esteira::cli {

/// Counts the messages of orders on their way: ready in a stage's queue or one of its retry queues, or in a host's
/// hands. Not exact while all moves, so that nobody must conclude anything from one count alone.
class MessageCount {
 public:
  MessageCount(const Installation& installation, runtime::postgres::Session& session);

  /// With what the hosts said last.
  std::size_t count();
  /// With what each host has said after the queues were counted; waits for that, but not for ever.
  std::size_t count_after_heartbeat();

 private:
  std::size_t count_ready();

  const Installation& installation_;
  runtime::postgres::Session& session_;
  runtime::amqp::QueueProbe probe_;
  std::vector<std::string> queues_;
};

}  // namespace esteira::cli
