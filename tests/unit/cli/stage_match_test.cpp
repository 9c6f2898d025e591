#include "cli/audit/stage_match.hpp"

#include <catch2/catch.hpp>

namespace {

using esteira::cli::match_to_stages;
using esteira::cli::StageLoad;
using esteira::runtime::orders::OrderSnapshot;

StageLoad stage_load(const std::string& name, const std::string& key, std::size_t messages, bool is_staffed = true) {
  StageLoad load;
  load.stage = name;
  load.binding_keys = {key};
  load.queued = messages;
  load.is_staffed = is_staffed;
  return load;
}

std::vector<OrderSnapshot> orders_after(const std::string& stage, const std::string& key, int count) {
  std::vector<OrderSnapshot> orders;
  for (int i = 0; i < count; ++i) {
    OrderSnapshot order;
    order.order_id = stage + std::to_string(i);
    order.publisher = stage;
    order.next_key = key;
    order.done_stages = {stage};
    orders.push_back(order);
  }
  return orders;
}

}  // namespace

TEST_CASE("messages that nobody reads do not count for orders that wait for a running stage") {
  std::vector<StageLoad> stages{stage_load("enrich", "order.requested", 310, false),
                                stage_load("enrich-v2", "order.requested", 0),
                                stage_load("process", "order.created", 0)};
  const auto match = match_to_stages(orders_after("process", "order.requested", 8), stages);
  CHECK(match.missing == 8);
  CHECK(match.suspects.size() == 8);
  CHECK(stages[0].is_abandoned());
}

TEST_CASE("orders wait for a stage that has no host, as far as its messages go") {
  std::vector<StageLoad> stages{stage_load("enrich", "order.requested", 6, false)};
  const auto match = match_to_stages(orders_after("process", "order.requested", 8), stages);
  CHECK(match.missing == 2);
  CHECK(stages[0].waiting == 6);
}

TEST_CASE("messages of another stage do not count") {
  std::vector<StageLoad> stages{stage_load("enrich", "order.requested", 0),
                                stage_load("loyalty", "order.completed", 50)};
  CHECK(match_to_stages(orders_after("process", "order.requested", 3), stages).missing == 3);
}

TEST_CASE("the message of an order may still be with the stage that published its event") {
  std::vector<StageLoad> stages{stage_load("enrich", "order.requested", 0), stage_load("process", "order.created", 2)};
  CHECK(match_to_stages(orders_after("process", "order.requested", 3), stages).missing == 1);
}

TEST_CASE("as many orders as possible get a message") {
  std::vector<StageLoad> stages{stage_load("enrich", "order.requested", 2), stage_load("process", "order.created", 2),
                                stage_load("journal", "order.requested", 1)};
  auto orders = orders_after("process", "order.requested", 3);
  OrderSnapshot fresh;
  fresh.order_id = "fresh";
  fresh.next_key = "order.created";
  orders.push_back(fresh);
  fresh.order_id = "fresh too";
  orders.push_back(fresh);
  CHECK(match_to_stages(orders, stages).missing == 0);
  CHECK(stages[0].waiting + stages[1].waiting + stages[2].waiting == 5);
}

TEST_CASE("orders whose message is certain are not suspected") {
  std::vector<StageLoad> stages{stage_load("enrich", "order.requested", 0),
                                stage_load("finalize", "order.enriched", 4)};
  auto orders = orders_after("process", "order.requested", 1);
  for (const auto& order : orders_after("other", "order.enriched", 4)) orders.push_back(order);
  const auto match = match_to_stages(orders, stages);
  CHECK(match.missing == 1);
  REQUIRE(match.suspects.size() == 1);
  CHECK(match.suspects[0].order_id == "process0");
}

TEST_CASE("a redriven order waits in the stage to which it was redriven, also when its binding was removed") {
  std::vector<StageLoad> stages{stage_load("enrich", "order.checked", 1), stage_load("process", "order.created", 5)};
  OrderSnapshot order;
  order.order_id = "redriven";
  order.redriven_to = "enrich";
  order.next_key = "order.created";
  CHECK(match_to_stages({order}, stages).missing == 0);
  CHECK(stages[0].waiting == 1);
  stages[0].removed_keys = {"order.requested"};
  CHECK(match_to_stages(orders_after("other", "order.requested", 1), stages).missing == 0);
}

TEST_CASE("a stage of which nothing is known may have any message") {
  std::vector<StageLoad> stages{stage_load("old", "", 1)};
  stages[0].is_known = false;
  CHECK(match_to_stages(orders_after("process", "order.requested", 2), stages).missing == 1);
}

TEST_CASE("of orders that share messages, those that are owed a compensation count as missing first") {
  std::vector<StageLoad> stages{stage_load("refund", "shipment.refused", 1), stage_load("shipping", "order.paid", 1)};
  auto orders = orders_after("shipping", "shipment.refused", 2);
  for (auto& order : orders) order.is_owed = true;
  const auto others = orders_after("shipping", "shipment.requested", 1);
  orders.insert(orders.begin(), others.begin(), others.end());
  const auto match = match_to_stages(orders, stages);
  CHECK(match.missing == 1);
  CHECK(match.missing_owed == 1);
  CHECK(match.suspects.size() == 3);
}
