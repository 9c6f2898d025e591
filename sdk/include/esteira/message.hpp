#pragma once
#include <cstdint>
#include <esteira/money.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace esteira {

/// One line of an order. The price is known only where the client, or an earlier stage, gave one.
struct Item {
  std::string sku;
  std::int64_t qty = 0;
  std::optional<Money> unit_price;
};

/// The order as it reaches a stage: everything a handler needs without asking a database.
/// A value; the host keeps it alive, unchanged, until the outcome is known. All text is valid UTF-8.
struct Message {
  std::string order_id;  ///< UUID, lower case
  std::string workflow;
  std::string customer_id;
  std::vector<Item> items;
  std::optional<Money> total;
  /// What earlier stages produced: stage name to a JSON object as text.
  std::map<std::string, std::string, std::less<>> data;
  /// The stage this message is for.
  std::string stage;
  /// 1 for the first try. Counts handler failures only, never crashes or deploys.
  int attempt = 1;
  /// How often the order was sent back to work by hand.
  int redrive = 0;
  /// W3C trace context of the request that placed the order; empty when there was none.
  std::string traceparent;

  /// What to give to an external service as its idempotency key: a delivery may run a handler twice (a crash between
  /// its effect and the acknowledgement), and only the effect in the database is guarded by the host.
  [[nodiscard]] std::string idempotency_key() const { return order_id + ":" + stage; }
};

}  // namespace esteira
