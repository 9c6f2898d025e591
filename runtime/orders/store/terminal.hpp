#pragma once
#include <string>
#include <vector>

#include "runtime/orders/store/order.hpp"

namespace esteira::runtime::orders {

/// A stage, and one of the binding keys that its queue has ever had.
struct StageBinding {
  std::string stage;
  std::string key;           ///< may be a pattern; empty: not known
  std::string removed_at{};  ///< since when the queue is not bound to it any more; empty: it may be bound
};

/// Whether nothing about an order can change any more: the order is completed, and each stage that may receive one of
/// its events is done with it. `bindings` are those of all stages.
bool is_terminal(const Order& order, const std::vector<StageBinding>& bindings);

}  // namespace esteira::runtime::orders
