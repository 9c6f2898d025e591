#include "runtime/orders/operations/order_message.hpp"

#include <utility>

#include "runtime/orders/envelope/envelope.hpp"

namespace esteira::runtime::orders {

Message order_message(Order&& order) {
  Message message;
  message.order_id = std::move(order.id);
  message.workflow = std::move(order.workflow);
  message.customer_id = std::move(order.customer_id);
  message.items = std::move(order.items);
  message.total = order.total;
  for (auto& enrichment : order.enrichments) message.data[enrichment.stage] = std::move(enrichment.data);
  for (const auto& event : order.timeline) {
    if (event.outcome == "failed" && !event.routing_key.empty()) message.data[event.stage] = refusal_data(event.detail);
  }
  return message;
}

}  // namespace esteira::runtime::orders
