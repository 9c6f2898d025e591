#include "runtime/orders/store/terminal.hpp"

#include <catch2/catch.hpp>

namespace {

using esteira::runtime::orders::is_terminal;
using esteira::runtime::orders::Order;

/// Placed, and completed by its only stage.
Order completed_order() {
  Order order;
  order.status = "completed";
  order.timeline.resize(2);
  order.timeline[0].stage = "api";
  order.timeline[0].outcome = "accepted";
  order.timeline[0].routing_key = "order.created";
  order.timeline[1].stage = "process";
  order.timeline[1].outcome = "done";
  order.timeline[1].routing_key = "order.completed";
  return order;
}

}  // namespace

TEST_CASE("a completed order is terminal when all stages bound to its events are done") {
  const auto order = completed_order();
  CHECK(is_terminal(order, {}));
  CHECK(is_terminal(order, {{"process", "order.created"}, {"other", "order.paid"}}));
  CHECK(is_terminal(order, {{"process", "order.*"}, {"process", ""}}));
}

TEST_CASE("an order that is not completed is not terminal") {
  auto order = completed_order();
  order.status = GENERATE("pending", "shipped", "failed");
  CHECK_FALSE(is_terminal(order, {}));
}

TEST_CASE("an order is not terminal while an unfinished stage may receive one of its events") {
  const auto* key = GENERATE("order.created", "order.completed", "order.*", "#", "");
  CHECK_FALSE(is_terminal(completed_order(), {{"process", "order.created"}, {"notify", key}}));
}

TEST_CASE("a failed stage does not make an order terminal") {
  auto order = completed_order();
  order.timeline[1].outcome = "failed";
  CHECK_FALSE(is_terminal(order, {{"process", "order.created"}}));
}

TEST_CASE(
    "a stage that was not bound any more when an event was published does not keep the order from being terminal") {
  auto order = completed_order();
  order.timeline[1].created_at = "2026-11-29T00:00:01.000000Z";
  CHECK(is_terminal(order, {{"mail", "order.completed", "2026-11-29T00:00:00.000000Z"}}));
  CHECK_FALSE(is_terminal(order, {{"mail", "order.completed", "2026-11-29T00:00:02.000000Z"}}));
}
