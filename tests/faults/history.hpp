#pragma once
#include <compare>
#include <cstdint>
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
  int unit_cents = 0;                 ///< price of each item in the workflow checkout; 0: the default workflow
  std::vector<int> cancel_answers;    ///< statuses of the responses to cancellations; 0: no response
};

/// The total of an order; 0 in the default workflow.
inline std::int64_t total_cents(const Request& request) {
  std::int64_t quantity = 0;
  for (const auto& item : request.items) quantity += item.qty;
  return quantity * request.unit_cents;
}

/// Requests by idempotency key.
using History = std::map<std::string, Request>;

}  // namespace esteira::faults
