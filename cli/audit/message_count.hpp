#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "cli/audit/stage_load.hpp"
#include "cli/installation.hpp"
#include "runtime/amqp/queue_reader.hpp"

namespace esteira::cli {

/// Counts the messages of orders in progress by stage: ready in its queue or in one of its retry queues, or in flight
/// in its hosts. Messages move while they are counted, so a single count proves nothing. One thread.
class MessageCount {
 public:
  MessageCount(const Installation& installation, runtime::postgres::Session& session);

  /// Uses the last heartbeat of each host.
  std::vector<StageLoad> count();
  /// Counts the queues, then waits until each host has sent a heartbeat, at most for twelve seconds.
  std::vector<StageLoad> count_after_heartbeat();

 private:
  struct Queues {
    std::string stage;
    std::vector<std::string> names;  ///< the stage's queue, and its retry queues that exist
  };
  std::vector<StageLoad> count_queued();
  double add_hosts(std::vector<StageLoad>& loads);

  const Installation& installation_;
  runtime::postgres::Session& session_;
  runtime::amqp::QueueProbe probe_;
  std::vector<Queues> queues_;
};

}  // namespace esteira::cli
