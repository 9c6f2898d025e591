#pragma once
#include <cstddef>
#include <esteira/message.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/http/message.hpp"

namespace esteira::api {

/// What a client asks for in the body of POST /orders.
struct OrderRequest {
  std::string customer_id;
  std::vector<Item> items;
  std::optional<Money> total;  ///< when every item has a price
};

/// Why a body is no order: 400 for a text that is not JSON, 422 for JSON that is not an order.
struct OrderFault {
  int status = 422;
  std::vector<runtime::http::Violation> violations;
};

/// Reads {"customer_id": "...", "items": [{"sku": "...", "qty": 1, "unit_price": "12.50"}]}. Limits: customer_id
/// 1–128 characters, 1–`max_items` items, sku 1–64 characters, qty a whole number from 1 to 1,000,000, unit_price
/// (optional) text of an amount from 0, no control characters, no other members. Every fault is listed, up to 100.
std::variant<OrderRequest, OrderFault> parse_order(std::string_view body, std::size_t max_items);

/// SHA-256 over the meaning of an order: the same order written otherwise (spaces, order of members, escapes, "12.5"
/// for "12.50") has the same one.
std::string order_hash(const OrderRequest& order);

}  // namespace esteira::api
