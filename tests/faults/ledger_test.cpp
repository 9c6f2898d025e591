#include "tests/faults/ledger.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using esteira::faults::read_ledger;

TEST_CASE("the ledger of the provider names charges, refunds, second ones and the orders that are refused") {
  const auto ledger = read_ledger(nlohmann::json::parse(R"({
    "charges": [{"id": "ch_0", "order_id": "o1", "amount": "1.05", "cents": 105}],
    "refunds": [{"id": "re_0", "order_id": "o1", "charge": "ch_0", "amount": "1.05", "cents": 105}],
    "shipments": [{"id": "sh_0", "order_id": "o1", "ends_as": "lost"}, {"id": "sh_1", "order_id": "o4", "ends_as": "delivered"}],
    "refused": ["o2:payment", "o3:shipping"], "double": ["o5:payment"]})"));
  REQUIRE(ledger.charges.size() == 1);
  CHECK(ledger.charges[0].charge == "ch_0");
  CHECK(ledger.charges[0].cents == 105);
  REQUIRE(ledger.refunds.size() == 1);
  CHECK(ledger.refunds[0].charge == "ch_0");
  CHECK(ledger.refunds[0].order_id == "o1");
  CHECK(ledger.refused_orders == std::set<std::string>{"o1", "o2", "o3"});
  CHECK(ledger.doubled == std::vector<std::string>{"o5:payment"});
}
