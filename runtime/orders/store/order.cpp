#include "runtime/orders/store/order.hpp"

#include <nlohmann/json.hpp>

#include "runtime/orders/envelope/order_json.hpp"

namespace esteira::runtime::orders {
namespace {

/// Parsed and written again: without the spaces that PostgreSQL adds, and with numbers as a JSON client reads them.
void append_enrichment(std::string& body, const Enrichment& enrichment) {
  append_text(body, body.back() == '{' ? "" : ",", enrichment.stage);
  body.append(":").append(nlohmann::ordered_json::parse(enrichment.data).dump());
}

void append_event(std::string& body, const Event& event) {
  append_text(body, body.back() == '[' ? "{\"at\":" : ",{\"at\":", event.created_at);
  append_text(body, ",\"stage\":", event.stage);
  append_text(body, ",\"outcome\":", event.outcome);
  append_number(body, ",\"attempt\":", event.attempt);
  if (!event.detail.empty()) append_text(body, ",\"detail\":", event.detail);
  if (event.redrive > 0) append_number(body, ",\"redrive\":", event.redrive);
  body += '}';
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
  append_text(body, ",\"created_at\":", order.created_at);
  append_text(body, ",\"updated_at\":", order.updated_at);
  body += ",\"enrichments\":{";
  for (const auto& enrichment : order.enrichments) append_enrichment(body, enrichment);
  body += "},\"timeline\":[";
  for (const auto& event : order.timeline) append_event(body, event);
  return body += "]}";
}

}  // namespace esteira::runtime::orders
