#pragma once
#include <cstdint>
#include <esteira/message.hpp>
#include <optional>
#include <string>
#include <vector>

namespace esteira::runtime::orders {

struct Enrichment {
  std::string stage;
  std::string data;  ///< JSON
  std::string created_at;
};

/// An entry of the timeline.
struct Event {
  std::string stage;
  std::string outcome;  ///< accepted, done, retry, snooze, failed, cancelled, redriven, purged, cancel_requested
  int attempt = 1;
  int redrive = 0;
  std::string detail;
  std::string created_at;
  /// accepted, result (the stage's done, failed or cancelled), retry, snooze, redriven, purged, cancel_requested
  std::string entry_kind;
  std::string routing_key;  ///< of the message that was published for it; empty: none
  int snoozes = 0;          ///< snooze: how many; created_at is the time of the first, the rest is of the latest
  std::string due_at{};     ///< snooze, retry: when its message is due that waits in the database; empty: none
};

/// An order with its items, enrichments and timeline. All times are text: RFC 3339, UTC, microseconds; empty when RFC
/// 3339 cannot express them.
struct Order {
  std::string id;
  std::string workflow;
  std::string customer_id;
  std::string client;  ///< of the API, which placed the order; not shown
  std::string status;
  std::vector<Item> items;
  std::optional<Money> total;
  std::string failure_reason;
  std::string compensation;  ///< none, owed or done; empty unless the order is failed or cancelled
  std::string created_at;
  std::string updated_at;
  std::vector<Enrichment> enrichments;
  std::vector<Event> timeline;
  /// Where the database has a value that cannot be shown, such as a total of NaN or an infinite time, as JSON pointers
  /// into the body of GET /orders/{id}: "/total". No program writes such values.
  std::vector<std::string> unreadable;
  /// The order is completed, and each stage that may receive one of its events is done with it: nothing can change any
  /// more. Only TerminalCheck::run sets it.
  bool terminal = false;
};

/// The body of GET /orders/{id}. Of the values that cannot be shown, times are null and amounts are left out.
std::string to_json(const Order& order);

}  // namespace esteira::runtime::orders
