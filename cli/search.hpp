#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "cli/message_count.hpp"
#include "cli/plant.hpp"
#include "runtime/orders/audit.hpp"

namespace esteira::cli {

/// What a search for messages that are nowhere found.
struct SearchResult {
  std::vector<runtime::orders::Sighting> lost;        ///< orders on their way whose message is nowhere
  std::vector<runtime::orders::Sighting> letterless;  ///< failed orders whose dead letter is nowhere
  std::vector<runtime::orders::Sighting> given_up;    ///< orders whose message the broker gave up
  std::size_t missing = 0;   ///< of lost and letterless, at least so many have no message; the others may be moving
  std::size_t waiting = 0;   ///< quiet orders for which there are messages enough
  std::size_t messages = 0;  ///< ready, or in hosts' hands
  bool letters_read = true;  ///< false: others were working on the dead letters
};

/// Looks for orders that are not at their end and that nothing moves. An order is quiet when nothing happened to it for
/// `settle_seconds`. A quiet order's message may be in a queue or in a host's hands, and nobody can tell whose message
/// is where; but when more orders are quiet than there are messages, some have none. That is found only when it shows
/// in several counts, for orders that did not move meanwhile.
SearchResult search_messages(const Plant& plant, runtime::postgres::Session& session, double settle_seconds);

}  // namespace esteira::cli
