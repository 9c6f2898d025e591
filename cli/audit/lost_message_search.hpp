#pragma once
#include <cstddef>
#include <vector>

#include "cli/audit/message_count.hpp"
#include "cli/installation.hpp"
#include "runtime/orders/operations/audit.hpp"

namespace esteira::cli {

/// The result of a search. An order is stalled when it is not at its end and has not changed for the grace period.
struct LostMessages {
  using Orders = std::vector<runtime::orders::OrderSnapshot>;

  Orders lost;                    ///< stalled orders; as many of them as `missing` says have no message
  Orders missing_dead_letter;     ///< failed orders without a dead letter; it may still be on its way to the queue
  Orders unrecorded_dead_letter;  ///< orders that are not failed, though their message is a dead letter
  std::size_t missing = 0;        ///< how many orders of the first two lists have no message, at least
  std::size_t waiting = 0;        ///< how many of these orders may own one of the messages
  std::size_t messages = 0;       ///< ready in queues, or in flight in hosts
  bool dead_letters_read = true;  ///< false when dlq commands held the dead letters: the dead-letter lists are empty
};

/// Looks for orders whose message is nowhere. Queues and hosts report counts, not order ids: when more orders are
/// stalled than there are messages, some orders have none. The counts are not exact while messages move, so an order is
/// reported only when several rounds find it unchanged. Throws Unavailable and BrokerError.
LostMessages find_lost_messages(const Installation& installation, runtime::postgres::Session& session,
                                double grace_seconds);

}  // namespace esteira::cli
