#pragma once
#include <esteira/message.hpp>
#include <optional>
#include <string>
#include <vector>

#include "runtime/text/rfc3339.hpp"

namespace esteira::runtime::orders {

/// Which orders a list contains. An empty text matches all of them.
struct OrderFilter {
  std::string customer_id;
  std::string status;
  std::string workflow;
  std::string client;  ///< of the API, which placed the order
  std::optional<UtcMicros> created_after;
};

/// What a list shows of an order.
struct OrderSummary {
  std::string order_id;
  std::string workflow;
  std::string customer_id;
  std::string status;
  std::optional<Money> total;
  std::string created_at;  ///< RFC 3339, UTC, microseconds; empty when RFC 3339 cannot express it
  std::string updated_at;  ///< the same
};

struct OrderPage {
  std::vector<OrderSummary> orders;
  std::string next;  ///< the id of the order behind which the next page begins; empty at the end of the list
};

}  // namespace esteira::runtime::orders
