#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "runtime/orders/operations/audit.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// Where a lost message is to go.
struct RepairTarget {
  std::string exchange;
  std::string first_event;  ///< the routing key of an order to which nothing has happened yet
};

/// Prepares the statements of this header on a connection.
void prepare_repair(pqxx::connection& connection);

/// Puts orders that stand as they were seen on their target again: an outbox row for the next step, its message made
/// from the database. Harmless for an order whose message exists after all: the stage's inbox lets an effect land once.
/// Doing it twice is the same as once. Returns for how many there was a next step to go to. Throws Unavailable.
std::size_t repair_orders(postgres::Session& session, const std::vector<OrderSnapshot>& snapshots,
                          const RepairTarget& target);

}  // namespace esteira::runtime::orders
