#pragma once
#include <compare>
#include <map>
#include <string>
#include <vector>

namespace esteira::faults {

/// These SKUs make the simulated supplier fail: always, and on the first attempt.
constexpr auto kFailAlways = "FAIL-ALWAYS";
constexpr auto kFailOnce = "FAIL-ONCE";
/// How often a stage tries again: the length of ESTEIRA_RETRY_DELAYS.
constexpr int kRetries = 2;

struct Item {
  std::string sku;
  int qty = 0;
  auto operator<=>(const Item&) const = default;
};

struct Answer {
  int status = 0;  ///< 0: none came
  std::string order_id;
};

/// What clients did with one idempotency key, and what they were told. The key is the order's customer as well, so that
/// each order tells which key it is of.
struct Request {
  std::vector<Item> items;
  std::vector<Answer> answers;
  std::vector<std::string> observed;  ///< statuses, as one client saw them one after the other; "404" for none
};

/// By key.
using History = std::map<std::string, Request>;

}  // namespace esteira::faults
