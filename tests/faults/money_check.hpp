#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tests/faults/snapshot.hpp"

namespace esteira::faults {

/// Sums in cents.
struct Money {
  std::int64_t charges = 0;
  std::int64_t refunds = 0;
  std::int64_t paid = 0;  ///< totals of the completed orders with a price
};

Money money_of(const Snapshot& snapshot);

/// Compares the ledger of the provider with the orders. Appends to `violations`: money of an order is charged or
/// refunded twice or with another amount, kept although the order is not completed, or owed to a customer; and the sum
/// of the charges is not that of the refunds and the completed orders.
void check_money(const Snapshot& snapshot, std::vector<std::string>& violations);

}  // namespace esteira::faults
