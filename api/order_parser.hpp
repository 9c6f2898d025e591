#pragma once
#include <cstddef>
#include <esteira/message.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/config/workflows.hpp"
#include "runtime/http/message.hpp"

namespace esteira::api {

/// The content of a POST /orders body.
struct OrderRequest {
  const runtime::ConfiguredWorkflow* workflow = nullptr;  ///< of the workflows that the body was parsed with
  std::string customer_id;
  std::vector<Item> items;
  std::optional<Money> total;  ///< set when every item has a price
};

/// Why a body is not an order. `status` is 400 when it is not JSON, 422 when it is JSON but not a valid order.
struct OrderFault {
  int status = 422;
  std::vector<runtime::http::Violation> violations;
};

/// Parses {"workflow": "...", "customer_id": "...", "items": [{"sku": "...", "qty": 1, "unit_price": "12.50"}],
/// "total": "12.50"}. Limits: workflow (optional) one of `workflows`; customer_id 1 to 128 characters; 1 to `max_items`
/// items; sku 1 to 64 characters; qty a whole number from 1 to 1,000,000; unit_price (optional, unless the workflow
/// needs prices) a non-negative amount as a string; total (optional) the sum of the items, which need prices then; no
/// control characters; no other members. Reports up to 100 violations. `workflows` must outlive the result.
std::variant<OrderRequest, OrderFault> parse_order(std::string_view body, std::size_t max_items,
                                                   const runtime::Workflows& workflows);

/// SHA-256 of an order's content. Bodies that differ only in spelling (spaces, order of members, escapes, "12.5" for
/// "12.50") have the same hash. So have two that only one names the workflow `fallback`, or the total.
std::string order_hash(const OrderRequest& order, const runtime::ConfiguredWorkflow& fallback);

}  // namespace esteira::api
