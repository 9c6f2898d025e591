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

/// The content of a POST /orders body.
struct OrderRequest {
  std::string customer_id;
  std::vector<Item> items;
  std::optional<Money> total;  ///< set when every item has a price
};

/// Why a body is not an order. `status` is 400 when it is not JSON, 422 when it is JSON but not a valid order.
struct OrderFault {
  int status = 422;
  std::vector<runtime::http::Violation> violations;
};

/// Parses {"customer_id": "...", "items": [{"sku": "...", "qty": 1, "unit_price": "12.50"}]}. Limits: customer_id 1 to
/// 128 characters; 1 to `max_items` items; sku 1 to 64 characters; qty a whole number from 1 to 1,000,000; unit_price
/// (optional) a non-negative amount as a string; no control characters; no other members. Reports up to 100 violations.
std::variant<OrderRequest, OrderFault> parse_order(std::string_view body, std::size_t max_items);

/// SHA-256 of an order's content. Bodies that differ only in spelling (spaces, order of members, escapes, "12.5" for
/// "12.50") have the same hash.
std::string order_hash(const OrderRequest& order);

}  // namespace esteira::api
