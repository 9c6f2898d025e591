#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "runtime/orders/store/order.hpp"

namespace esteira::runtime::orders {

/// A stage, and one of the binding keys that its queue has ever had.
struct StageBinding {
  std::string stage;
  std::string key;           ///< may be a pattern; empty: not known
  std::string removed_at{};  ///< since when the queue is not bound to it any more; empty: it may be bound
};

/// Whether an order with this status has ended: no stage moves it on. An operator may redrive a failed one.
bool has_ended(std::string_view status);

/// Whether nothing about an order can change any more: the order is completed, and each stage that may receive one of
/// its events is done with it. `bindings` are those of all stages.
bool is_terminal(const Order& order, const std::vector<StageBinding>& bindings);

}  // namespace esteira::runtime::orders
