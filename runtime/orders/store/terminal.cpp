#include "runtime/orders/store/terminal.hpp"

#include <algorithm>

namespace esteira::runtime::orders {
namespace {

bool may_receive_event(const StageBinding& binding, const Order& order) {
  if (binding.key.empty() || binding.key.find_first_of("*#") != std::string::npos) return true;
  return std::ranges::any_of(order.timeline, [&](const Event& event) {
    // Both times are UTC in one format, so their texts compare as they do.
    return event.routing_key == binding.key && (binding.removed_at.empty() || event.created_at < binding.removed_at);
  });
}

bool is_done(const StageBinding& binding, const Order& order) {
  return std::ranges::any_of(
      order.timeline, [&](const Event& event) { return event.stage == binding.stage && event.outcome == "done"; });
}

}  // namespace

bool has_ended(std::string_view status) { return status == "completed" || status == "failed" || status == "cancelled"; }

bool is_terminal(const Order& order, const std::vector<StageBinding>& bindings) {
  return order.status == "completed" && std::ranges::all_of(bindings, [&](const StageBinding& binding) {
           return is_done(binding, order) || !may_receive_event(binding, order);
         });
}

}  // namespace esteira::runtime::orders
