#pragma once
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/faults/history.hpp"
#include "tests/faults/snapshot.hpp"

namespace esteira::faults {

/// Compares the history of one key with its orders. Appends to `violations`.
class RequestCheck {
 public:
  RequestCheck(const std::string& key, const Request& request, const std::set<std::string>& orders,
               const Snapshot& snapshot, std::vector<std::string>& violations);

  void run();

 private:
  using Effects = std::map<std::string, int>;  ///< how often there is "stage outcome"

  void check_answers();
  void check_order_of_key();
  void check_cancellations();
  void check_observed(bool is_redriven);
  void check_order(const std::string& id, const StoredOrder& order);
  void check_final_status(const std::string& id, const StoredOrder& order);
  void check_dead_letter(const std::string& id, const StoredOrder& order);
  void check_effects(const std::string& id, const StoredOrder& order);
  void check_enrichment(const std::string& id, const StoredOrder& order);
  [[nodiscard]] Effects expected_effects(const std::string& id, const StoredOrder& order) const;
  [[nodiscard]] Effects effects_of_default(const StoredOrder& order) const;
  [[nodiscard]] Effects effects_of_undone(const std::string& id, const StoredOrder& order) const;
  [[nodiscard]] bool cancellation_got(std::initializer_list<int> statuses) const;
  [[nodiscard]] bool is_checkout() const { return request_.unit_cents > 0; }
  void add_violation(const std::string& id, const std::string& what);
  [[nodiscard]] bool has(const std::string& sku) const;

  const std::string& key_;
  const Request& request_;
  const std::set<std::string>& orders_;
  const Snapshot& snapshot_;
  std::vector<std::string>& violations_;
  std::set<std::string> named_;  ///< the orders that responses named
};

}  // namespace esteira::faults
