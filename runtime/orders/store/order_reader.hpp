#pragma once
#include <optional>
#include <string>
#include <vector>

#include "runtime/orders/store/order.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// Prepares the statements of this header on a connection.
void prepare_reader(pqxx::connection& connection);

/// The orders with these ids (UUIDs), each where it exists, in the order asked. One query for all of them.
/// Throws Unavailable.
std::vector<std::optional<Order>> read_orders(postgres::Session& session, const std::vector<std::string>& ids);

}  // namespace esteira::runtime::orders
