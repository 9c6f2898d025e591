#include "cli/audit/lost_messages.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <utility>

using esteira::cli::found_in_both;
using esteira::cli::LostMessages;

namespace {

/// A round that found these stalled orders and so many messages.
LostMessages round_of(LostMessages::Orders stalled, std::size_t messages) {
  LostMessages found;
  found.stalled = std::move(stalled);
  found.messages = messages;
  found.missing_at_least = found.stalled.size() - std::min(found.stalled.size(), messages);
  found.waiting = found.stalled.size() - found.missing_at_least;
  return found;
}

}  // namespace

TEST_CASE("an order that changed between two rounds of an audit counts neither as missing nor as waiting") {
  const auto both =
      found_in_both(round_of({{"a", "1", ""}, {"b", "1", ""}}, 1), round_of({{"a", "2", ""}, {"b", "1", ""}}, 1));
  REQUIRE(both.stalled.size() == 1);
  CHECK(both.stalled.front().order_id == "b");
  CHECK(both.missing_at_least == 1);
  CHECK(both.waiting == 0);
}

TEST_CASE("waiting orders exceed neither the listed orders that have a message nor the messages") {
  const LostMessages::Orders orders{{"a", "1", ""}, {"b", "1", ""}, {"c", "1", ""}};
  SECTION("no message is missing in the later round") {
    const auto both = found_in_both(round_of(orders, 2), round_of(orders, 3));
    CHECK(both.missing_at_least == 0);
    CHECK(both.waiting == 3);
  }
  SECTION("more messages are missing in the later round") {
    const auto both = found_in_both(round_of(orders, 2), round_of(orders, 0));
    CHECK(both.missing_at_least == 1);
    CHECK(both.waiting == 0);
  }
  SECTION("the same messages are missing in both rounds") {
    const auto both = found_in_both(round_of(orders, 1), round_of(orders, 1));
    CHECK(both.missing_at_least == 2);
    CHECK(both.waiting == 1);
  }
}

TEST_CASE("orders that are owed a compensation are counted apart in each round") {
  auto orders = LostMessages::Orders{{"a", "1", ""}, {"b", "1", ""}, {"c", "1", ""}};
  orders[0].is_owed = true;
  orders[1].is_owed = true;
  auto earlier = round_of(orders, 0);
  earlier.missing_owed = 2;
  auto later = round_of(orders, 1);
  later.missing_owed = 1;
  const auto both = found_in_both(earlier, later);
  CHECK(both.missing_owed == 1);
  CHECK(both.missing_at_least == 2);
}
