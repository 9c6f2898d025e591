#include <cstdint>
#include <esteira/esteira.hpp>
#include <optional>
#include <vector>

namespace {

using esteira::Context;
using esteira::Message;
using esteira::Money;
using esteira::Outcome;

bool all_priced(const std::vector<esteira::Item>& items) {
  for (const auto& item : items)
    if (!item.unit_price) return false;
  return !items.empty();
}

/// Empty when the database cannot store the sum.
std::optional<Money> sum_of(const std::vector<esteira::Item>& items) {
  std::int64_t sum = 0;
  for (const auto& item : items) {
    std::int64_t line = 0;
    if (__builtin_mul_overflow(item.qty, item.unit_price.value_or(Money{}).cents, &line)) return std::nullopt;
    if (__builtin_add_overflow(sum, line, &sum)) return std::nullopt;
  }
  if (sum > esteira::kMaxCents || sum < 0) return std::nullopt;
  return Money{sum};
}

/// Completes an order, and sets its total when all prices are known.
class Finalize final : public esteira::Stage {
 public:
  Outcome handle(const Message& message, Context& /*context*/) override {
    auto outcome = Outcome::done();
    if (!message.total && all_priced(message.items)) {
      const auto total = sum_of(message.items);
      if (!total) return Outcome::fail("the order's total is not between 0 and 9999999999.99");
      outcome.total(*total);
    }
    return outcome;
  }
};

}  // namespace

ESTEIRA_PLUGIN(Finalize, {.name = "finalize",
                          .version = "1.1.0",
                          .consumes = {"order.enriched", "order.delivered"},
                          .publishes = "order.completed",
                          .status = "completed"});
