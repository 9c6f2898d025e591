#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cli/dlq/confirmed_publisher.hpp"
#include "cli/dlq/dead_queues.hpp"
#include "cli/installation.hpp"
#include "runtime/amqp/queue_reader.hpp"
#include "runtime/orders/operations/dead_letter_messages.hpp"

namespace esteira::cli {

/// Puts the dead-letter queues in order: looks at each message once, and
/// - removes it when nobody needs it: its order was redriven, purged or completed since;
/// - keeps it in the database when no failed order stands for it (dead_letter_messages.hpp), and removes it;
/// - moves it to the end of its queue when it marks a failed order.
/// It moves a message by publishing a copy and acknowledging the original after the confirm. A message that is returned
/// to a queue counts one more delivery, and a queue drops it at its delivery limit. A crash in between leaves a second
/// copy, which is removed together with the first.
/// Only commands that change something use it. One thread. Throws BrokerError and Unavailable.
class DeadQueueDrain {
 public:
  struct Counts {
    std::size_t removed = 0;  ///< nobody needed them
    std::size_t kept = 0;     ///< moved into the database
    std::size_t left = 0;     ///< mark failed orders, and stay in their queues
    std::size_t unread = 0;   ///< not looked at, because there are more than `most`: the next drain begins with them
    bool is_locked = false;   ///< another program was draining the queues: nothing was done
  };

  /// `session` is of the database of `installation`. Both must outlive this.
  DeadQueueDrain(const Installation& installation, runtime::postgres::Session& session)
      : installation_(installation),
        session_(session),
        publisher_(installation.broker, "esteira dead letters copies") {}

  /// Looks at up to `most` messages of each queue.
  Counts run(const std::vector<DeadQueue>& queues, std::size_t most);

 private:
  using Deliveries = std::vector<runtime::amqp::Delivery>;
  void drain(const DeadQueue& queue, std::size_t most);
  bool handle(const DeadQueue& queue, runtime::amqp::QueueReader& reader, Deliveries&& deliveries);
  bool move_to_end(const DeadQueue& queue, runtime::amqp::QueueReader& reader, Deliveries&& deliveries);

  const Installation& installation_;
  runtime::postgres::Session& session_;
  ConfirmedPublisher publisher_;
  Counts counts_;
};

/// Drains the dead-letter queues, or that of `stage`, after a command that handled so many dead letters: looks at some
/// more messages than that. The database knows what the command did, so trouble with the broker is only told on stderr.
/// Throws Unavailable, and UsageError for an unknown stage.
DeadQueueDrain::Counts drain_after_command(const Installation& installation, runtime::postgres::Session& session,
                                           const std::optional<std::string>& stage, std::size_t handled);

}  // namespace esteira::cli
