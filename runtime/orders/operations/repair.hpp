#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "runtime/orders/operations/audit.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// Where a lost message is published again.
struct RepairTarget {
  std::string exchange;
  std::string first_event;  ///< routing key of the first event of an order whose timeline does not tell it
  std::vector<std::string> optional_events;  ///< routing keys of events that nobody needs to answer
};

/// Prepares the statements of this header on a connection.
void prepare_repair(pqxx::connection& connection);

/// Publishes the lost messages of orders that have not changed since their snapshot: inserts an outbox row for the next
/// message, made from the database. Harmless for an order whose message exists after all, because a stage's result is
/// recorded once. Safe to repeat. Returns the number of rows inserted. Throws Unavailable.
std::size_t repair_orders(postgres::Session& session, const std::vector<OrderSnapshot>& snapshots,
                          const RepairTarget& target);

}  // namespace esteira::runtime::orders
