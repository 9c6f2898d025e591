#include "runtime/orders/order.hpp"

#include <nlohmann/json.hpp>

namespace esteira::runtime::orders {
namespace {

using Json = nlohmann::ordered_json;

Json item_json(const Item& item) {
  Json shown = {{"sku", item.sku}, {"qty", item.qty}};
  if (item.unit_price) shown["unit_price"] = item.unit_price->text();
  return shown;
}

Json event_json(const Event& event) {
  Json shown = {{"at", event.at}, {"stage", event.stage}, {"outcome", event.outcome}, {"attempt", event.attempt}};
  if (!event.detail.empty()) shown["detail"] = event.detail;
  if (event.redrive > 0) shown["redrive"] = event.redrive;
  return shown;
}

}  // namespace

std::string to_json(const Order& order) {
  Json shown = {{"order_id", order.id},
                {"status", order.status},
                {"workflow", order.workflow},
                {"customer_id", order.customer_id},
                {"items", Json::array()}};
  for (const auto& item : order.items) shown["items"].push_back(item_json(item));
  if (order.total) shown["total"] = order.total->text();
  if (order.status == "failed") shown["failure_reason"] = order.failure_reason;
  shown["created_at"] = order.created_at;
  shown["updated_at"] = order.updated_at;
  shown["enrichments"] = Json::object();
  for (const auto& enrichment : order.enrichments)
    shown["enrichments"][enrichment.stage] = Json::parse(enrichment.data);
  shown["timeline"] = Json::array();
  for (const auto& event : order.timeline) shown["timeline"].push_back(event_json(event));
  return shown.dump();
}

}  // namespace esteira::runtime::orders
