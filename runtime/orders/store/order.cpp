#include "runtime/orders/store/order.hpp"

#include "runtime/json/compact_json.hpp"
#include "runtime/orders/envelope/order_json.hpp"

namespace esteira::runtime::orders {
namespace {

/// Null when it is not known.
void append_time(std::string& body, std::string_view before, const std::string& time) {
  if (time.empty()) {
    body.append(before).append("null");
  } else {
    append_text(body, before, time);
  }
}

void append_enrichment(std::string& body, const Enrichment& enrichment) {
  append_text(body, body.back() == '{' ? "" : ",", enrichment.stage);
  body += ':';
  json::append_compact_json(body, enrichment.data);
}

void append_event(std::string& body, const Event& event) {
  append_time(body, body.back() == '[' ? "{\"at\":" : ",{\"at\":", event.created_at);
  append_text(body, ",\"stage\":", event.stage);
  append_text(body, ",\"outcome\":", event.outcome);
  append_number(body, ",\"attempt\":", event.attempt);
  if (!event.detail.empty()) append_text(body, ",\"detail\":", event.detail);
  if (event.redrive > 0) append_number(body, ",\"redrive\":", event.redrive);
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
  if (order.status == "failed") append_text(body, ",\"failure_reason\":", order.failure_reason);
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
