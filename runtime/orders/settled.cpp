#include "runtime/orders/settled.hpp"

#include <algorithm>

namespace esteira::runtime::orders {
namespace {

bool may_hear_of(const Listener& listener, const Order& order) {
  if (listener.key.empty() || listener.key.find_first_of("*#") != std::string::npos) return true;
  return std::ranges::find(order.timeline, listener.key, &Event::routing_key) != order.timeline.end();
}

bool is_done(const Listener& listener, const Order& order) {
  return std::ranges::any_of(
      order.timeline, [&](const Event& event) { return event.stage == listener.stage && event.outcome == "done"; });
}

}  // namespace

bool is_settled(const Order& order, const std::vector<Listener>& listeners) {
  return order.status == "completed" && std::ranges::all_of(listeners, [&](const Listener& listener) {
           return is_done(listener, order) || !may_hear_of(listener, order);
         });
}

}  // namespace esteira::runtime::orders
