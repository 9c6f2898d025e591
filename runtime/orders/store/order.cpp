#include "runtime/orders/store/order.hpp"

#include <algorithm>

#include "runtime/json/compact_json.hpp"
#include "runtime/orders/envelope/order_json.hpp"
#include "runtime/orders/store/cancellation.hpp"

namespace esteira::runtime::orders {
namespace {

void append_enrichment(std::string& body, const Enrichment& enrichment) {
  append_text(body, body.back() == '{' ? "" : ",", enrichment.stage);
  body += ':';
  json::append_compact_json(body, enrichment.data);
}

/// The events of a refusal and of a cancellation say how the order went on. The others are those of its workflow.
bool shows_event(const Event& event) {
  return !event.routing_key.empty() && (event.outcome == "failed" || event.routing_key == kCancelledEvent);
}

void append_event(std::string& body, const Event& event) {
  append_time(body, body.back() == '[' ? "{\"at\":" : ",{\"at\":", event.created_at);
  append_text(body, ",\"stage\":", event.stage);
  append_text(body, ",\"outcome\":", event.outcome);
  append_number(body, ",\"attempt\":", event.attempt);
  if (event.snoozes > 0) append_number(body, ",\"snoozes\":", event.snoozes);
  if (!event.due_at.empty()) append_text(body, ",\"due_at\":", event.due_at);
  if (!event.detail.empty()) append_text(body, ",\"detail\":", event.detail);
  if (shows_event(event)) append_text(body, ",\"event\":", event.routing_key);
  if (event.redrive > 0) append_number(body, ",\"redrive\":", event.redrive);
  body += '}';
}

const char* cancellation_status(const Order& order) {
  if (order.status == "cancelled") return "done";
  return order.status == "failed" ? "failed" : "requested";
}

/// The latest request to cancel the order.
void append_cancellation(std::string& body, const Order& order) {
  const auto request = std::find_if(order.timeline.rbegin(), order.timeline.rend(),
                                    [](const Event& event) { return event.outcome == "cancel_requested"; });
  if (request == order.timeline.rend()) return;
  append_time(body, ",\"cancellation\":{\"requested_at\":", request->created_at);
  append_text(body, ",\"status\":", cancellation_status(order));
  body += '}';
}

void append_unreadable(std::string& body, const std::vector<std::string>& pointers) {
  body += ",\"unreadable\":[";
  for (const auto& pointer : pointers) append_text(body, body.back() == '[' ? "" : ",", pointer);
  body += ']';
}

}  // namespace

std::string to_json(const Order& order) {
  std::string body;
  body.reserve(1024);
  append_text(body, "{\"order_id\":", order.id);
  append_text(body, ",\"status\":", order.status);
  append_text(body, ",\"workflow\":", order.workflow);
  append_text(body, ",\"customer_id\":", order.customer_id);
  append_items(body, ",\"items\":", order.items);
  append_money(body, ",\"total\":", order.total);
  const bool has_reason = order.status == "failed" || !order.failure_reason.empty();
  if (has_reason) append_text(body, ",\"failure_reason\":", order.failure_reason);
  append_cancellation(body, order);
  if (!order.compensation.empty()) append_text(body, ",\"compensation\":", order.compensation);
  append_time(body, ",\"created_at\":", order.created_at);
  append_time(body, ",\"updated_at\":", order.updated_at);
  body += ",\"enrichments\":{";
  for (const auto& enrichment : order.enrichments) append_enrichment(body, enrichment);
  body += "},\"timeline\":[";
  for (const auto& event : order.timeline) append_event(body, event);
  body += ']';
  if (!order.unreadable.empty()) append_unreadable(body, order.unreadable);
  return body += '}';
}

}  // namespace esteira::runtime::orders
