#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// An order that was paid and came to nothing, whose payment is not undone, and for which no stage gets a message.
struct OwedOrder {
  std::string order_id;
  std::string detail;        ///< why, and what is owed
  bool is_given_up = false;  ///< a person purged the dead letter
};

/// Finds such orders, at most `limit`, those with the oldest change first, that have not changed since `cutoff`: no
/// registered stage gets the event of the refusal or cancellation, or those that got it have ended without undoing the
/// payment, or a dead letter was purged. An order with a dead letter that waits for a person is not one of them, nor is
/// one whose message may be lost, or in a queue (find_stalled). Nobody needs to answer `optional_events`. `session` is
/// prepared with prepare_audit. Throws Unavailable.
std::vector<OwedOrder> find_owed(postgres::Session& session, const std::string& cutoff, std::size_t limit,
                                 const std::vector<std::string>& optional_events);

}  // namespace esteira::runtime::orders
