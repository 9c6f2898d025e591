#include "runtime/orders/order.hpp"

#include <nlohmann/json.hpp>

namespace esteira::runtime::orders {
namespace {

using Json = nlohmann::ordered_json;

Json item_json(const Item& item) {
  Json json = {{"sku", item.sku}, {"qty", item.qty}};
  if (item.unit_price) json["unit_price"] = item.unit_price->text();
  return json;
}

Json event_json(const Event& event) {
  Json json = {{"at", event.at}, {"stage", event.stage}, {"outcome", event.outcome}, {"attempt", event.attempt}};
  if (!event.detail.empty()) json["detail"] = event.detail;
  if (event.redrive > 0) json["redrive"] = event.redrive;
  return json;
}

}  // namespace

std::string to_json(const Order& order) {
  Json json = {{"order_id", order.id},
               {"status", order.status},
               {"workflow", order.workflow},
               {"customer_id", order.customer_id},
               {"items", Json::array()}};
  for (const auto& item : order.items) json["items"].push_back(item_json(item));
  if (order.total) json["total"] = order.total->text();
  if (order.status == "failed") json["failure_reason"] = order.failure_reason;
  json["created_at"] = order.created_at;
  json["updated_at"] = order.updated_at;
  json["enrichments"] = Json::object();
  for (const auto& enrichment : order.enrichments) json["enrichments"][enrichment.stage] = Json::parse(enrichment.data);
  json["timeline"] = Json::array();
  for (const auto& event : order.timeline) json["timeline"].push_back(event_json(event));
  return json.dump();
}

}  // namespace esteira::runtime::orders
