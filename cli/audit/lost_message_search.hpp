#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "cli/audit/message_count.hpp"
#include "cli/installation.hpp"
#include "runtime/orders/operations/audit.hpp"

namespace esteira::cli {

/// What a search for messages that are nowhere found.
struct LostMessages {
  std::vector<runtime::orders::OrderSnapshot> lost;                 ///< orders on their way whose message is nowhere
  std::vector<runtime::orders::OrderSnapshot> missing_dead_letter;  ///< failed orders whose dead letter is nowhere
  std::vector<runtime::orders::OrderSnapshot> given_up;             ///< orders whose message the broker gave up
  std::size_t missing =
      0;  ///< of lost and missing_dead_letter, at least so many have no message; the others may be moving
  std::size_t waiting = 0;   ///< quiet orders for which there are messages enough
  std::size_t messages = 0;  ///< ready, or in hosts' hands
  bool letters_read = true;  ///< false: others were working on the dead letters
};

/// Looks for orders that are not at their end and that nothing moves. An order is quiet when nothing happened to it for
/// `settle_seconds`. A quiet order's message may be in a queue or in a host's hands, and nobody can tell whose message
/// is where; but when more orders are quiet than there are messages, some have none. That is found only when it shows
/// in several counts, for orders that did not move meanwhile.
LostMessages find_lost_messages(const Installation& installation, runtime::postgres::Session& session,
                                double settle_seconds);

}  // namespace esteira::cli
