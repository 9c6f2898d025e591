#pragma once
#include <cstddef>
#include <vector>

#include "cli/audit/stage_load.hpp"
#include "runtime/orders/operations/audit.hpp"

namespace esteira::cli {

/// The result of a search for orders whose message is nowhere. The number of such orders is known, not which of the
/// listed orders they are.
struct LostMessages {
  using Orders = std::vector<runtime::orders::OrderSnapshot>;

  /// Orders that are not at their end, have no event in the outbox, have not changed for the grace period, and cannot
  /// be told from those without a message.
  Orders stalled;
  std::size_t missing_at_least = 0;  ///< so many of them have no message
  std::size_t missing_owed = 0;      ///< so many of these are owed a compensation
  /// So many stalled orders may own one of the messages. When no message is missing, the list is emptied at the end of
  /// the search, and this keeps its value.
  std::size_t waiting = 0;
  std::size_t waiting_elsewhere = 0;  ///< stalled orders that have a message for certain; part of `waiting`
  std::size_t messages = 0;           ///< ready in queues, or in flight in hosts
  std::vector<StageLoad> stages;      ///< the messages, and the waiting orders, by stage
};

/// What two rounds of a search both found: the orders that both list, unchanged. The other values are the later ones,
/// as far as the remaining orders allow.
LostMessages found_in_both(const LostMessages& earlier, LostMessages later);

}  // namespace esteira::cli
