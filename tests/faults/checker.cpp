#include "tests/faults/checker.hpp"

#include <set>

#include "tests/faults/money_check.hpp"
#include "tests/faults/request_check.hpp"

namespace esteira::faults {

std::vector<std::string> check(const History& history, const Snapshot& snapshot) {
  std::vector<std::string> violations = snapshot.leftovers;
  std::map<std::string, std::set<std::string>> orders_of;
  for (const auto& [id, order] : snapshot.orders) {
    orders_of[order.customer_id].insert(id);
    if (!history.contains(order.customer_id)) violations.push_back("order " + id + ": no client placed it");
  }
  for (const auto& [id, count] : snapshot.dead_letters) {
    if (!snapshot.orders.contains(id)) violations.push_back("order " + id + ": has a dead letter but does not exist");
  }
  for (const auto& [key, request] : history) {
    RequestCheck(key, request, orders_of[key], snapshot, violations).run();
  }
  check_money(snapshot, violations);
  return violations;
}

}  // namespace esteira::faults
