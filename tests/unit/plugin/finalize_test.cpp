#include <catch2/catch.hpp>
#include <cstdint>
#include <limits>

#include "tests/unit/plugin/loaded.hpp"

namespace {

using esteira::Money;
using esteira::Outcome;
using esteira::testing::sample_message;

TEST_CASE("finalize sums up an order whose prices are known") {
  const auto outcome = plugin_test::make("finalize")->run(sample_message());
  CHECK(outcome.kind() == Outcome::Kind::done);
  CHECK(outcome.total() == Money{2199});
}

TEST_CASE("finalize sets no total when a price is unknown") {
  auto message = sample_message();
  message.items.back().unit_price.reset();
  const auto outcome = plugin_test::make("finalize")->run(message);
  CHECK(outcome.kind() == Outcome::Kind::done);
  CHECK_FALSE(outcome.total());
}

TEST_CASE("finalize keeps an existing total") {
  auto message = sample_message();
  message.total = Money{1};
  CHECK_FALSE(plugin_test::make("finalize")->run(message).total());
}

TEST_CASE("finalize fails an order whose total does not fit the database") {
  auto message = sample_message();
  message.items.front().unit_price = Money{esteira::kMaxCents};
  CHECK(plugin_test::make("finalize")->run(message).kind() == Outcome::Kind::fail);
  message.items.front().qty = std::numeric_limits<std::int64_t>::max();
  CHECK(plugin_test::make("finalize")->run(message).kind() == Outcome::Kind::fail);
}

}  // namespace
