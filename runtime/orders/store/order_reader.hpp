#pragma once
#include <optional>
#include <string>
#include <vector>

#include "runtime/orders/store/order.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// Prepares the statements of this header on a connection.
void prepare_reader(pqxx::connection& connection);

/// Whether a reader determines Order::terminal. That needs the binding keys of all stages, which cost about as much as
/// an order does; only a cache asks for it.
enum class TerminalCheck { skip, run };

/// The orders with these ids (UUIDs), in the order of `ids`; none for an id without an order. One query reads them all.
/// With TerminalCheck::skip `terminal` is false. Throws Unavailable.
std::vector<std::optional<Order>> read_orders(postgres::Session& session, const std::vector<std::string>& ids,
                                              TerminalCheck check);

}  // namespace esteira::runtime::orders
