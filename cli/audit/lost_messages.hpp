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
  std::size_t missing_at_least = 0;  ///< so many of them have no message
  /// So many of them may own one of the messages. When no message is missing, the list is emptied at the end of the
  /// search, and this keeps its value.
  std::size_t waiting = 0;
  std::size_t messages = 0;  ///< ready in queues, or in flight in hosts
};

/// What two rounds of a search both found: the orders that both list, unchanged. The other values are the later ones,
/// as far as the remaining orders allow.
LostMessages found_in_both(const LostMessages& earlier, LostMessages later);

}  // namespace esteira::cli
