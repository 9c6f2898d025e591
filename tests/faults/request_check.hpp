#pragma once
#include <set>
#include <string>
#include <vector>

#include "tests/faults/history.hpp"
#include "tests/faults/snapshot.hpp"

namespace esteira::faults {

/// Checks one key against the orders that are its own; appends to `complaints`.
class RequestCheck {
 public:
  RequestCheck(const std::string& key, const Request& request, const std::set<std::string>& orders,
               const Snapshot& snapshot, std::vector<std::string>& complaints);

  void run();

 private:
  void check_answers();
  void check_order_of_key();
  void check_observed();
  void check_order(const std::string& id, const StoredOrder& order);
  void check_ending(const std::string& id, const StoredOrder& order);
  void check_effects(const std::string& id, const StoredOrder& order);
  void complain(const std::string& id, const std::string& what);
  [[nodiscard]] bool has(const std::string& sku) const;

  const std::string& key_;
  const Request& request_;
  const std::set<std::string>& orders_;
  const Snapshot& snapshot_;
  std::vector<std::string>& complaints_;
  std::set<std::string> named_;  ///< the orders that answers named
};

}  // namespace esteira::faults
