#pragma once
#include <chrono>

#include "cli/audit/lost_messages.hpp"
#include "cli/audit/message_count.hpp"
#include "cli/installation.hpp"

namespace esteira::cli {

/// Looks for orders whose message is nowhere. Queues and hosts report counts, not order ids: when more orders are
/// stalled than there are messages where theirs may be (stage_match.hpp), some orders have none. The counts are not
/// exact while messages move, so an order is reported only when several rounds find it unchanged. It only counts the
/// messages in queues, and reads none. A failed order needs no message, so dead-letter queues are not counted.
/// `session` is prepared with prepare_audit. Throws Unavailable and BrokerError.
LostMessages find_lost_messages(const Installation& installation, runtime::postgres::Session& session,
                                std::chrono::milliseconds grace_period);

}  // namespace esteira::cli
