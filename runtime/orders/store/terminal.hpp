#pragma once
#include <string>
#include <vector>

#include "runtime/orders/store/order.hpp"

namespace esteira::runtime::orders {

/// A stage's queue, and one of the keys it has ever been bound to.
struct StageBinding {
  std::string stage;
  std::string key;  ///< may be a pattern; empty: not known to what it listens
};

/// Whether nothing about an order changes any more: it is completed, and each of `bindings` (all there are) that an
/// event of the order goes to, or may go to, is done with it.
bool is_terminal(const Order& order, const std::vector<StageBinding>& bindings);

}  // namespace esteira::runtime::orders
