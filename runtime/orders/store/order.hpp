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
  std::string at;    ///< as an event's
};

/// A line of the timeline.
struct Event {
  std::string stage;
  std::string outcome;  ///< accepted, done, retry, failed, redriven
  int attempt = 1;
  int redrive = 0;
  std::string detail;
  std::string at;           ///< RFC 3339, UTC, microseconds
  int retry = 0;            ///< 0: how the stage ended; n: its n-th failed attempt; below 0: by hand
  std::string routing_key;  ///< of the message that came of it; empty: none
};

/// Everything known of an order, as GET /orders/{id} shows it. Times are RFC 3339, UTC, microseconds.
struct Order {
  std::string id;
  std::string workflow;
  std::string customer_id;
  std::string status;
  std::vector<Item> items;
  std::optional<Money> total;
  std::string failure_reason;
  std::string created_at;
  std::string updated_at;
  std::vector<Enrichment> enrichments;
  std::vector<Event> timeline;
  /// Completed, and every stage that any of its events goes to is done with it: nothing about it changes any more.
  bool terminal = false;
};

std::string to_json(const Order& order);

}  // namespace esteira::runtime::orders
