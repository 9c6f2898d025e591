#pragma once
#include <cstddef>
#include <vector>

#include "runtime/orders/operations/audit.hpp"

namespace esteira::cli {

/// The result of a search for orders whose message is nowhere. The number of such orders is known, not which of the
/// listed orders they are.
struct LostMessages {
  using Orders = std::vector<runtime::orders::OrderSnapshot>;

  /// Orders that are not at their end, have no event in the outbox and have not changed for the grace period.
  Orders stalled;
  Orders missing_dead_letter;        ///< failed orders without a dead letter; it may still be on its way to the queue
  Orders unrecorded_dead_letter;     ///< orders that are not failed, though their message is a dead letter
  std::size_t missing_at_least = 0;  ///< so many orders of the first two lists have no message
  /// So many orders of the first two lists may own one of the messages. When no message is missing, the lists are
  /// emptied at the end of the search, and this keeps its value.
  std::size_t waiting = 0;
  std::size_t messages = 0;  ///< ready in queues, or in flight in hosts
  /// False when dlq commands held the dead letters: both dead-letter lists are empty then, and `stalled` may contain
  /// dead-lettered orders. True also when nothing made it necessary to read them.
  bool dead_letters_read = true;
};

/// The number of orders in the first two lists.
std::size_t count_candidates(const LostMessages& found);

/// What two rounds of a search both found: the orders that both list, unchanged. The other values are the later ones,
/// as far as the remaining orders allow.
LostMessages found_in_both(const LostMessages& earlier, LostMessages later);

}  // namespace esteira::cli
