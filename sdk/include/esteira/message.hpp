#pragma once
#include <cstdint>
#include <esteira/money.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace esteira {

/// One line of an order.
struct Item {
  std::string sku;
  std::int64_t qty = 0;
  std::optional<Money> unit_price;  ///< empty: the client gave none
};

/// The order as a stage receives it. It carries all data that a handler needs, so a handler needs no database. The host
/// keeps it alive and unchanged until it has the outcome. All text is valid UTF-8.
struct Message {
  std::string order_id;  ///< a UUID in lower case
  std::string workflow;
  std::string customer_id;
  std::vector<Item> items;
  std::optional<Money> total;  ///< empty: not known yet
  /// The data of earlier stages: stage name to JSON object, as text. Numbers have the value that the stage gave them,
  /// to the last digit. A JSON library that reads numbers as double rounds those of more than 15 digits, and refuses
  /// 1e350.
  std::map<std::string, std::string, std::less<>> data;
  /// The name of the stage that handles this message.
  std::string stage;
  /// 1 for the first attempt. Only failed attempts of the handler count, not crashes or deployments.
  int attempt = 1;
  /// How often an operator redrove the order from the dead-letter queue.
  int redrive = 0;
  /// W3C trace context of the request that placed the order; empty when there was none.
  std::string traceparent;

  /// The idempotency key to pass to external services. A handler may run twice for the same message, for example after
  /// a crash before the acknowledgement. The host applies the effect in the database once, but it cannot undo calls to
  /// external services. The key is the same for every attempt.
  [[nodiscard]] std::string idempotency_key() const { return order_id + ":" + stage; }
};

}  // namespace esteira
