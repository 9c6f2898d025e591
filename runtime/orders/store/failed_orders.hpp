#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// The orders that failed at one stage, were not redriven since, and whose dead letter was not purged.
struct FailedOrders {
  std::string stage;
  std::size_t orders = 0;
  double oldest_seconds = 0;  ///< since the first of them failed
};

/// Prepares the statement of this header on a connection.
void prepare_failed_orders(pqxx::connection& connection);

/// Counts the failed orders of each registered stage, and of each other stage that has one. An order that failed at two
/// stages counts at both, because it has two dead letters. Reads the failed orders only, some microseconds for each.
/// Throws Unavailable.
std::vector<FailedOrders> count_failed_orders(postgres::Session& session);

}  // namespace esteira::runtime::orders
