#pragma once
#include <esteira/message.hpp>

#include "runtime/orders/store/order.hpp"

namespace esteira::runtime::orders {

/// The message that a stage gets for an order, made from the database: the order, its total, and the data of the stages
/// that are done, or that refused the order. Takes the parts out of `order`.
Message order_message(Order&& order);

}  // namespace esteira::runtime::orders
