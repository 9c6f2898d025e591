#pragma once
#include <functional>
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
/// With TerminalCheck::skip `terminal` is false. Throws Unavailable. Any other exception means that PostgreSQL cannot
/// read one of the orders.
std::vector<std::optional<Order>> read_orders(postgres::Session& session, const std::vector<std::string>& ids,
                                              TerminalCheck check);

/// Called with the id of an order that PostgreSQL cannot read, for example because its page on disk is damaged, and
/// PostgreSQL's error.
using OnUnreadable = std::function<void(const std::string& id, const std::string& error)>;
/// As above, but reads the other orders when one cannot be read, with further queries. That one is reported, and none
/// is returned for it. Throws what PostgreSQL says when it cannot read any order.
std::vector<std::optional<Order>> read_readable_orders(postgres::Session& session, const std::vector<std::string>& ids,
                                                       TerminalCheck check, const OnUnreadable& on_unreadable);

}  // namespace esteira::runtime::orders
