#include "runtime/orders/workers/workflow_check.hpp"

#include <catch2/catch.hpp>

namespace {

using Catch::Contains;
using esteira::runtime::orders::check_workflow;
using esteira::runtime::orders::StageOverview;
using Texts = std::vector<std::string>;

StageOverview checkout_stage(const std::string& name, const Texts& consumes, const std::string& publishes,
                             const std::string& refused, const std::string& status) {
  StageOverview stage;
  stage.stage = name;
  stage.plugin = name;
  stage.consumes = consumes;
  stage.publishes = publishes;
  stage.refused = refused;
  stage.status = status;
  return stage;
}

enum Position { kDelivery, kFinalize, kPayment, kRefund, kShipping };

/// As the plugins declare it, by name.
std::vector<StageOverview> checkout() {
  return {
      checkout_stage("delivery", {"shipment.requested"}, "order.delivered", "shipment.lost", ""),
      checkout_stage("finalize", {"order.delivered", "order.enriched"}, "order.completed", "", "completed"),
      checkout_stage("payment", {"checkout.created"}, "payment.approved", "payment.refused", "paid"),
      checkout_stage("refund", {"order.cancelled", "shipment.lost", "shipment.refused"}, "refund.completed", "", ""),
      checkout_stage("shipping", {"payment.approved"}, "shipment.requested", "shipment.refused", "shipped")};
}

Texts faults_of(const std::vector<StageOverview>& stages) {
  return check_workflow(stages, {"checkout", "checkout.created"});
}

}  // namespace

TEST_CASE("the checkout workflow has no faults") { CHECK(faults_of(checkout()).empty()); }

TEST_CASE("the stages of a workflow are in its order, those that undo it last") {
  Texts names;
  for (const auto& stage : esteira::runtime::orders::stages_of_workflow(checkout(), "checkout.created"))
    names.push_back(stage.stage);
  CHECK(names == Texts{"payment", "shipping", "delivery", "finalize", "refund"});
}

TEST_CASE("a first event that nobody consumes is a fault") {
  CHECK_THAT(check_workflow(checkout(), {"other", "other.created"}).at(0),
             Contains("workflow other begins with other.created, which no registered stage consumes"));
}

TEST_CASE("a refusal or a cancellation after the payment that nobody consumes is a fault, one before it is not") {
  auto stages = checkout();
  stages[kRefund].consumes = {"shipment.refused", "order.cancelled"};
  CHECK_THAT(faults_of(stages).at(0),
             Contains("stage delivery refuses orders with shipment.lost after they were paid"));
  stages[kRefund].consumes = {"shipment.refused", "shipment.lost"};
  REQUIRE(faults_of(stages).size() == 1);
  CHECK_THAT(faults_of(stages).at(0), Contains("no registered stage consumes order.cancelled"));
}

TEST_CASE("a workflow with a cycle is a fault") {
  auto stages = checkout();
  stages[kShipping].consumes.emplace_back("order.delivered");
  CHECK_THAT(faults_of(stages).at(0), Contains("stage shipping gets order.delivered after it has had the order"));
}

TEST_CASE("a cycle of stages that do not change the status is a fault") {
  const auto cycle = [](const Texts& first, const std::string& last) {
    return faults_of({checkout_stage("a", {"checkout.created"}, "a.done", "", "processing"),
                      checkout_stage("b", first, "b.done", "", "processing"),
                      checkout_stage("c", {"b.done"}, last, "", "processing")});
  };
  CHECK(cycle({"a.done"}, "c.done").empty());
  CHECK_THAT(cycle({"a.done"}, "a.done").at(0), Contains("stage b gets a.done after it has had the order"));
  CHECK_THAT(cycle({"a.done"}, "b.done").at(0), Contains("stage c gets b.done after it has had the order"));
  CHECK_THAT(cycle({"a.done"}, "checkout.created").at(0), Contains("stage a gets checkout.created after it has had"));
  auto stages = checkout();
  stages[kRefund].publishes = "order.cancelled.again";
  stages[kRefund].consumes.emplace_back("order.cancelled.again");
  CHECK_THAT(faults_of(stages).at(0), Contains("stage refund gets order.cancelled.again after it has had the order"));
}

TEST_CASE("a status that would go back is a fault") {
  auto stages = checkout();
  stages[kDelivery].status = "processing";
  REQUIRE(faults_of(stages).size() == 1);
  CHECK_THAT(faults_of(stages).at(0), Contains("stage delivery sets the status processing, but an order that comes to "
                                               "it is shipped already"));
}

TEST_CASE("an event with two consumers is a fault until the order is shipped") {
  auto stages = checkout();
  stages.push_back(checkout_stage("mail", {"order.delivered"}, "", "", ""));
  CHECK(faults_of(stages).empty());
  stages.push_back(checkout_stage("fraud", {"checkout.created"}, "", "", ""));
  CHECK_THAT(faults_of(stages).at(0), Contains("event checkout.created goes to the stages payment and fraud"));
}
