#include "tests/faults/checker.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>

using esteira::faults::check;
using esteira::faults::History;
using esteira::faults::Item;
using esteira::faults::Snapshot;
using esteira::faults::StoredOrder;

namespace {

using Violations = std::vector<std::string>;

struct World {
  History history;
  Snapshot snapshot;
};

constexpr auto kCompletedKey = "k1";
constexpr auto kCompletedId = "o1";
constexpr auto kFailedId = "o2";

constexpr auto kPaidKey = "k4";
constexpr auto kPaidId = "o4";
constexpr auto kRefundedKey = "k5";
constexpr auto kRefundedId = "o5";
constexpr auto kCancelledKey = "k6";
constexpr auto kCancelledId = "o6";

/// One order of the workflow checkout that is paid, one whose shipment was refused, and one that was cancelled after
/// the payment.
void add_checkout(World& world) {
  const std::vector<Item> items{{"A", 3}};
  world.history[kPaidKey] = {items, {{202, kPaidId}}, {"paid", "shipped", "completed"}, 150, {409}};
  world.history[kRefundedKey] = {items, {{202, kRefundedId}}, {}, 150, {}};
  world.history[kCancelledKey] = {items, {{202, kCancelledId}}, {}, 150, {0, 202}};
  auto& snapshot = world.snapshot;
  snapshot.orders[kPaidId] = {kPaidKey,
                              "completed",
                              items,
                              {{"api", "accepted"},
                               {"payment", "retry"},
                               {"payment", "done"},
                               {"shipping", "done"},
                               {"delivery", "snooze"},
                               {"delivery", "done"},
                               {"finalize", "done"}},
                              {},
                              450,
                              ""};
  snapshot.orders[kRefundedId] = {
      kRefundedKey, "failed",
      items,        {{"api", "accepted"}, {"payment", "done"}, {"shipping", "failed"}, {"refund", "done"}},
      {},           450,
      "done"};
  snapshot.orders[kCancelledId] = {
      kCancelledKey,
      "cancelled",
      items,
      {{"api", "accepted"}, {"payment", "done"}, {"api", "cancel_requested"}, {"refund", "done"}},
      {},
      450,
      "done"};
  for (const auto& [key, id] :
       {std::pair(kPaidKey, kPaidId), {kRefundedKey, kRefundedId}, {kCancelledKey, kCancelledId}}) {
    snapshot.keys[key] = id;
    snapshot.ledger.charges.push_back({id, std::string("charge of ") + id, 450});
    if (id != kPaidId) snapshot.ledger.refunds.push_back({id, std::string("charge of ") + id, 450});
  }
  snapshot.ledger.refused_orders = {kRefundedId};
}

/// One order that completed at the second attempt, one that failed, and those of the workflow checkout.
World clean_world() {
  World world;
  world.history["k1"] = {
      {{"A", 1}, {"FAIL-ONCE", 2}}, {{0, ""}, {202, "o1"}, {202, "o1"}}, {"pending", "completed"}, 0, {}};
  world.history["k2"] = {{{"FAIL-ALWAYS", 1}}, {{503, ""}, {202, "o2"}}, {"processing", "processing", "failed"}, 0, {}};
  world.snapshot.orders["o1"] = {
      "k1",
      "completed",
      {{"A", 1}, {"FAIL-ONCE", 2}},
      {{"api", "accepted"}, {"process", "done"}, {"enrich", "retry"}, {"enrich", "done"}, {"finalize", "done"}},
      {{"enrich", "{}"}},
      0,
      ""};
  world.snapshot.orders["o2"] = {
      "k2",
      "failed",
      {{"FAIL-ALWAYS", 1}},
      {{"api", "accepted"}, {"process", "done"}, {"enrich", "retry"}, {"enrich", "retry"}, {"enrich", "failed"}},
      {},
      0,
      "none"};
  world.snapshot.keys = {{"k1", "o1"}, {"k2", "o2"}};
  world.snapshot.dead_letters = {{"o2", 2}};
  add_checkout(world);
  return world;
}

Violations after(const std::function<void(World&)>& damage) {
  auto world = clean_world();
  damage(world);
  return check(world.history, world.snapshot);
}

StoredOrder& completed_of(World& world) { return world.snapshot.orders.at(kCompletedId); }

}  // namespace

TEST_CASE("the checker finds nothing in a clean history") {
  CHECK(after([](World&) {}).empty());
}

TEST_CASE("the checker finds a lost order") {
  CHECK(after([](World& world) { world.snapshot.orders.erase(kCompletedId); }) ==
        Violations{"key k1, order o1: was accepted but is lost", "key k1, order o1: the key refers to no order"});
}

TEST_CASE("the checker finds two orders for one key") {
  CHECK(after([](World& world) { world.snapshot.orders["o3"] = completed_of(world); }) ==
        Violations{"key k1, order o1 and o3: several orders for one key"});
}

TEST_CASE("the checker finds a key whose responses named two orders") {
  CHECK(after([](World& world) {
          world.history.at(kCompletedKey).answers.push_back({202, "o3"});
        }) == Violations{"key k1, order o1 and o3: the responses named several orders",
                         "key k1, order o3: was accepted but is lost"});
}

TEST_CASE("the checker finds a key that was never accepted and an unexpected response") {
  CHECK(after([](World& world) {
          world.history["k3"] = {{{"A", 1}}, {{503, ""}, {500, ""}}, {}, 0, {}};
        }) == Violations{"key k3, order unknown: answered 500", "key k3, order unknown: was never accepted"});
}

TEST_CASE("the checker finds a missing idempotency key") {
  CHECK(after([](World& world) { world.snapshot.keys.erase(kCompletedKey); }) ==
        Violations{"key k1, order o1: the key is missing in idempotency_keys"});
}

TEST_CASE("the checker finds a duplicate effect") {
  CHECK(after([](World& world) {
          completed_of(world).timeline.push_back({"finalize", "done"});
        }) == Violations{"key k1, order o1: finalize done 2 times, not 1"});
}

TEST_CASE("the checker finds a missing effect") {
  CHECK(after([](World& world) {
          std::erase_if(completed_of(world).timeline, [](const auto& event) { return event.stage == "process"; });
        }) == Violations{"key k1, order o1: process done 0 times, not 1"});
}

TEST_CASE("the checker finds a needless attempt") {
  CHECK(after([](World& world) {
          completed_of(world).timeline.push_back({"process", "retry"});
        }) == Violations{"key k1, order o1: process retry 1 times, not 0"});
}

TEST_CASE("the checker finds wrong items") {
  CHECK(after([](World& world) { completed_of(world).items[0].qty = 2; }) ==
        Violations{"key k1, order o1: has other items than were ordered"});
}

TEST_CASE("the checker finds a missing enrichment") {
  CHECK(after([](World& world) { completed_of(world).enrichments.clear(); }) ==
        Violations{"key k1, order o1: has no enrichment"});
}

TEST_CASE("the checker finds a status that went backwards") {
  CHECK(after([](World& world) {
          world.history.at(kCompletedKey).observed = {"processing", "pending", "completed"};
        }) == Violations{"key k1, order o1: went from processing to pending"});
  CHECK(after([](World& world) { world.history.at(kCompletedKey).observed = {"failed"}; }) ==
        Violations{"key k1, order o1: was seen failed and is completed"});
  CHECK(after([](World& world) {
          world.history.at(kCompletedKey).observed = {"404", "pending"};
        }) == Violations{"key k1, order o1: was not found after it had been accepted"});
}

TEST_CASE("the checker finds an order that is neither completed nor failed") {
  CHECK(after([](World& world) { completed_of(world).status = "processing"; }) ==
        Violations{"key k1, order o1: is processing and should be completed",
                   "key k1, order o1: was seen completed and is processing"});
}

TEST_CASE("the checker finds a failed order without a dead letter and a dead letter without a failed order") {
  CHECK(after([](World& world) {
          world.snapshot.dead_letters = {{"o9", 1}};
        }) ==
        Violations{"order o9: has a dead letter but does not exist", "key k2, order o2: failed without a dead letter"});
  CHECK(after([](World& world) { world.snapshot.dead_letters[kCompletedId] = 1; }) ==
        Violations{"key k1, order o1: has a dead letter although it did not fail"});
}

TEST_CASE("the checker finds an order that no client placed and messages left in a queue") {
  CHECK(after([](World& world) {
          world.history.erase("k2");
          world.snapshot.leftovers = {"queue orders.enrich: 1 messages"};
        }) ==
        Violations{"queue orders.enrich: 1 messages", "order " + std::string(kFailedId) + ": no client placed it"});
}

TEST_CASE("the checker finds a second charge of an order") {
  CHECK(after([](World& world) {
          world.snapshot.ledger.charges.push_back({kPaidId, "another charge", 450});
          world.snapshot.ledger.doubled = {"o4:payment"};
        }) ==
        Violations{"ledger: a second charge or refund, o4:payment",
                   "order o4: is completed, its total is 450 cents, and it was charged 900 cents in 2 charges and "
                   "refunded 0 cents",
                   "ledger: charges of 1800 cents are not refunds of 900 and paid orders of 450"});
}

TEST_CASE("the checker finds a completed order that was not charged, with another amount, or refunded") {
  const auto found = [](const std::string& charged, const std::string& sums) {
    return Violations{"order o4: is completed, its total is 450 cents, and it was charged " + charged,
                      "ledger: charges of " + sums};
  };
  CHECK(after([](World& world) { world.snapshot.ledger.charges.erase(world.snapshot.ledger.charges.begin()); }) ==
        found("0 cents in 0 charges and refunded 0 cents", "900 cents are not refunds of 900 and paid orders of 450"));
  CHECK(
      after([](World& world) { world.snapshot.ledger.charges.front().cents = 449; }) ==
      found("449 cents in 1 charges and refunded 0 cents", "1349 cents are not refunds of 900 and paid orders of 450"));
  CHECK(after([](World& world) {
          world.snapshot.ledger.refunds.push_back({kPaidId, "charge of o4", 450});
        }) == found("450 cents in 1 charges and refunded 450 cents",
                    "1350 cents are not refunds of 1350 and paid orders of 450"));
}

TEST_CASE("the checker finds a failed or cancelled order whose money was not given back, or twice") {
  const auto found = [](const std::string& id, const std::string& status, int refunded, int sum) {
    return Violations{
        "order " + id + ": is " + status +
            ", its total is 450 cents, and it was charged 450 cents in 1 charges and refunded " +
            std::to_string(refunded) + " cents",
        "ledger: charges of 1350 cents are not refunds of " + std::to_string(sum) + " and paid orders of 450"};
  };
  CHECK(after([](World& world) { world.snapshot.ledger.refunds.erase(world.snapshot.ledger.refunds.begin()); }) ==
        found(kRefundedId, "failed", 0, 450));
  CHECK(after([](World& world) { world.snapshot.ledger.refunds.pop_back(); }) ==
        found(kCancelledId, "cancelled", 0, 450));
  CHECK(after([](World& world) { world.snapshot.ledger.refunds.push_back(world.snapshot.ledger.refunds.back()); }) ==
        found(kCancelledId, "cancelled", 900, 1350));
}

TEST_CASE("the checker finds money of an order that does not exist") {
  CHECK(after([](World& world) {
          world.snapshot.ledger.charges.push_back({"o9", "charge of o9", 10});
        }) == Violations{"order o9: does not exist and was charged 10 cents in 1 charges and refunded 0 cents",
                         "ledger: charges of 1360 cents are not refunds of 900 and paid orders of 450"});
}

TEST_CASE("the checker finds a compensation that is owed, and one that was done twice") {
  CHECK(after([](World& world) { world.snapshot.orders.at(kRefundedId).compensation = "owed"; }) ==
        Violations{"order o5: its compensation is owed"});
  CHECK(after([](World& world) {
          world.snapshot.orders.at(kCancelledId).timeline.push_back({"refund", "done"});
        }) == Violations{"key k6, order o6: refund done 2 times, not 1"});
  CHECK(after([](World& world) {
          std::erase_if(world.snapshot.orders.at(kRefundedId).timeline,
                        [](const auto& event) { return event.stage == "refund"; });
        }) == Violations{"key k5, order o5: refund done 0 times, not 1"});
}

TEST_CASE(
    "the checker finds a completed order whose cancellation was accepted, and a cancelled one that nobody cancelled") {
  CHECK(after([](World& world) { world.history.at(kPaidKey).cancel_answers = {202}; }) ==
        Violations{"key k4, order o4: is completed and should be cancelled"});
  CHECK(after([](World& world) { world.history.at(kCancelledKey).cancel_answers = {409}; }) ==
        Violations{"key k6, order o6: is cancelled and should be completed"});
  CHECK(after([](World& world) { world.history.at(kCancelledKey).cancel_answers.push_back(404); }) ==
        Violations{"key k6, order o6: its cancellation was answered 404"});
}

TEST_CASE("the checker finds a failed order that nobody refused, and a completed one that was refused") {
  CHECK(after([](World& world) { world.snapshot.ledger.refused_orders.clear(); }) ==
        Violations{"key k5, order o5: is failed and should be completed"});
  CHECK(after([](World& world) { world.snapshot.ledger.refused_orders.insert(kPaidId); }) ==
        Violations{"key k4, order o4: is completed and should be failed"});
}

TEST_CASE("the checker finds a dead letter of an order that was refused") {
  CHECK(after([](World& world) { world.snapshot.dead_letters[kRefundedId] = 1; }) ==
        Violations{"key k5, order o5: has a dead letter although it was refused"});
}

TEST_CASE("the checker finds another total than was ordered") {
  CHECK(after([](World& world) { world.history.at(kRefundedKey).unit_cents = 151; }) ==
        Violations{"key k5, order o5: has another total than was ordered"});
}

TEST_CASE("the checker lets a redrive move an order on from failed, and counts its attempts") {
  const auto redriven = [](World& world) {
    auto& timeline = world.snapshot.orders.at(kFailedId).timeline;
    timeline.insert(timeline.end(),
                    {{"enrich", "redriven"}, {"enrich", "retry"}, {"enrich", "retry"}, {"enrich", "failed"}});
    world.history.at("k2").observed = {"failed", "processing", "failed"};
  };
  CHECK(after(redriven).empty());
  CHECK(after([&](World& world) {
          redriven(world);
          world.snapshot.orders.at(kFailedId).timeline.pop_back();
        }) == Violations{"key k2, order o2: enrich failed 1 times, not 2"});
}
