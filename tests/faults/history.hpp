#pragma once
#include <compare>
#include <map>
#include <string>
#include <vector>

namespace esteira::faults {

/// These SKUs make the simulated supplier fail: always, and on the first attempt.
constexpr auto kFailAlways = "FAIL-ALWAYS";
constexpr auto kFailOnce = "FAIL-ONCE";
/// Retries of a stage: the length of ESTEIRA_RETRY_DELAYS.
constexpr int kRetries = 2;

struct Item {
  std::string sku;
  int qty = 0;
  auto operator<=>(const Item&) const = default;
};

struct Answer {
  int status = 0;  ///< 0: no response
  std::string order_id;
};

/// What clients sent with one idempotency key, and the responses they got. The key is also the order's customer, so
/// that each order shows its key.
struct Request {
  std::vector<Item> items;
  std::vector<Answer> answers;
  std::vector<std::string> observed;  ///< statuses in the order in which one client saw them; "404" for no order
};

/// Requests by idempotency key.
using History = std::map<std::string, Request>;

}  // namespace esteira::faults
