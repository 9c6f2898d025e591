#pragma once
#include <string>
#include <string_view>

namespace esteira::runtime::orders {

/// The AMQP `message_id` of a message about an order: "<order_id>:<redrive>:<attempt>:<destination>". After a snooze
/// the attempt is followed by "." and the number of snoozes. `redrive` is 0, and `attempt` is 1, on the first way.
/// `destination` is the routing key of an event that goes to every stage that is bound to it. For a message to one
/// stage, a retry or a redrive, it is the name of that stage's queue. The next event, each retry and each redrive have
/// ids of their own. A publication that is repeated after a crash has the same id as before, because the id depends on
/// nothing else: consumers recognise duplicates by it.
std::string message_id(std::string_view order_id, int redrive, int attempt, std::string_view destination,
                       int snoozes = 0);

}  // namespace esteira::runtime::orders
