#include "tests/faults/checker.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>

using esteira::faults::check;
using esteira::faults::History;
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

/// One order that completed at the second attempt, and one that failed.
World clean_world() {
  World world;
  world.history["k1"] = {{{"A", 1}, {"FAIL-ONCE", 2}}, {{0, ""}, {202, "o1"}, {202, "o1"}}, {"pending", "completed"}};
  world.history["k2"] = {{{"FAIL-ALWAYS", 1}}, {{503, ""}, {202, "o2"}}, {"processing", "processing", "failed"}};
  world.snapshot.orders["o1"] = {
      "k1",
      "completed",
      {{"A", 1}, {"FAIL-ONCE", 2}},
      {{"api", "accepted"}, {"process", "done"}, {"enrich", "retry"}, {"enrich", "done"}, {"finalize", "done"}},
      {{"enrich", "{}"}}};
  world.snapshot.orders["o2"] = {
      "k2",
      "failed",
      {{"FAIL-ALWAYS", 1}},
      {{"api", "accepted"}, {"process", "done"}, {"enrich", "retry"}, {"enrich", "retry"}, {"enrich", "failed"}},
      {}};
  world.snapshot.keys = {{"k1", "o1"}, {"k2", "o2"}};
  world.snapshot.dead_letters = {{"o2", 2}};
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
          world.history["k3"] = {{{"A", 1}}, {{503, ""}, {500, ""}}, {}};
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
