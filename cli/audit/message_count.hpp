#pragma once
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "cli/installation.hpp"
#include "runtime/amqp/queue_reader.hpp"

namespace esteira::cli {

/// Counts the messages of orders in progress: ready in the queue of a stage or in one of its retry queues, or in flight
/// in a host. Messages move while they are counted, so a single count proves nothing. One thread.
class MessageCount {
 public:
  MessageCount(const Installation& installation, runtime::postgres::Session& session);

  /// Uses the last heartbeat of each host.
  std::size_t count();
  /// Counts the queues, then waits until each host has sent a heartbeat, at most for twelve seconds.
  std::size_t count_after_heartbeat();

 private:
  std::size_t count_ready();

  const Installation& installation_;
  runtime::postgres::Session& session_;
  runtime::amqp::QueueProbe probe_;
  std::vector<std::string> queues_;
};

}  // namespace esteira::cli
