#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// An order as somebody has seen it.
struct SeenOrder {
  std::string order_id;    ///< a UUID
  std::string updated_at;  ///< Order::updated_at; not empty
};

/// Prepares the statements of this header on a connection.
void prepare_order_changes(pqxx::connection& connection);

/// The indexes in `seen` of the orders that have another updated_at now, or are gone, in any order. Every statement
/// that writes about an order, its timeline included, changes its updated_at. One index lookup for each order. Throws
/// as Session::read does.
std::vector<std::size_t> find_changed(postgres::Session& session, const std::vector<SeenOrder>& seen);

}  // namespace esteira::runtime::orders
