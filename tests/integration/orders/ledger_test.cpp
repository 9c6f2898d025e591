#include "runtime/orders/store/ledger.hpp"

#include <catch2/catch.hpp>

#include "runtime/text/uuid.hpp"
#include "tests/integration/orders/order_fixture.hpp"

namespace {

using esteira::Money;
using esteira::runtime::orders::find_terminal_results;
using esteira::test::apply_one;
using esteira::test::effect_on;
using esteira::test::failure_of;
using esteira::test::place_order;
using esteira::test::record_results;
using esteira::test::retry_of;
using esteira::test::StageResult;
using Status = esteira::runtime::orders::RecordedResult::Status;

struct Ledger {
  esteira::test::TestDatabase database;
  esteira::test::OrderSession session{database};
  std::string order = place_order(session);

  std::string status(const std::string& id) {
    return database.value("select status from orders where id = '" + id + "'");
  }
  std::string count(const std::string& table) { return database.value("select count(*) from " + table); }
};

}  // namespace

TEST_CASE_METHOD(Ledger, "an effect moves the order, keeps its data and stands in the timeline") {
  auto effect = effect_on(order, "process", "processing");
  effect.data = R"({"a": 1})";
  effect.total = Money{1999};
  CHECK(apply_one(session, effect).status == Status::recorded);
  CHECK(status(order) == "processing");
  CHECK(database.value("select data->>'a' from order_enrichments where stage = 'process'") == "1");
  CHECK(database.value("select total_amount from orders") == "19.99");
  CHECK(database.value("select outcome from order_events where stage = 'process'") == "done");
}

TEST_CASE_METHOD(Ledger, "an effect lands once and a repetition is told how the stage ended") {
  auto effect = effect_on(order, "process", "processing");
  effect.data = R"({"a":1})";
  effect.total = Money{5};
  effect.routing_key = "order.next";
  apply_one(session, effect);
  effect.data = R"({"a":2})";
  const auto again = apply_one(session, effect);
  CHECK(again.status == Status::duplicate);
  REQUIRE(again.terminal_result);
  CHECK(again.terminal_result->kind == StageResult::Kind::done);
  CHECK(again.terminal_result->data == R"({"a": 1})");
  CHECK(again.terminal_result->routing_key == "order.next");
  CHECK(again.terminal_result->total == Money{5});
  CHECK(database.value("select data->>'a' from order_enrichments") == "1");
}

TEST_CASE_METHOD(Ledger, "an effect on an order that is not there writes nothing") {
  auto effect = effect_on(esteira::runtime::random_uuid(), "process", "processing");
  effect.data = "{}";
  CHECK(apply_one(session, effect).status == Status::unknown_order);
  CHECK(apply_one(session, effect_on("not a uuid", "process")).status == Status::unknown_order);
  CHECK(count("order_events where stage <> 'api'") == "0");
  CHECK(count("order_enrichments") == "0");
}

TEST_CASE_METHOD(Ledger, "a status never goes backwards, whatever arrives") {
  apply_one(session, effect_on(order, "finalize", "completed"));
  CHECK(apply_one(session, effect_on(order, "process", "processing")).status == Status::recorded);
  CHECK(status(order) == "completed");
  CHECK(apply_one(session, failure_of(order, "enrich", "too late")).status == Status::recorded);
  CHECK(status(order) == "completed");
  CHECK(count("order_events") == "4");
}

TEST_CASE_METHOD(Ledger, "a failed order stays failed with its first reason") {
  apply_one(session, failure_of(order, "enrich", "first"));
  apply_one(session, failure_of(order, "ship", "second"));
  apply_one(session, effect_on(order, "finalize", "completed"));
  CHECK(status(order) == "failed");
  CHECK(database.value("select failure_reason from orders") == "first");
}

TEST_CASE_METHOD(Ledger, "the rule of statuses allows forward moves alone") {
  CHECK(database.value("select string_agg(a || '>' || b, ' ' order by a, b)"
                       " from unnest(enum_range(null::order_status)) a, unnest(enum_range(null::order_status)) b"
                       " where order_status_may_become(a, b) and a >= 'paid'") ==
        "paid>shipped paid>completed paid>failed shipped>completed shipped>failed");
  CHECK(database.value("select count(*)"
                       " from unnest(enum_range(null::order_status)) a, unnest(enum_range(null::order_status)) b"
                       " where order_status_may_become(a, b)") == "14");
}

TEST_CASE_METHOD(Ledger, "a failed attempt is written once and leaves the order as it is") {
  CHECK(apply_one(session, retry_of(order, "enrich", 1)).status == Status::recorded);
  CHECK(apply_one(session, retry_of(order, "enrich", 1)).status == Status::recorded);
  CHECK(apply_one(session, retry_of(order, "enrich", 2)).status == Status::recorded);
  CHECK(count("order_events where outcome = 'retry'") == "2");
  CHECK(status(order) == "pending");
}

TEST_CASE_METHOD(Ledger, "a failed attempt after the stage's ending is not written") {
  apply_one(session, failure_of(order, "enrich", "why"));
  const auto late = apply_one(session, retry_of(order, "enrich", 3));
  CHECK(late.status == Status::duplicate);
  REQUIRE(late.terminal_result);
  CHECK(late.terminal_result->kind == StageResult::Kind::failed);
  CHECK(late.terminal_result->detail == "why");
  CHECK(count("order_events where outcome = 'retry'") == "0");
}

TEST_CASE_METHOD(Ledger, "a redriven order runs its stage anew") {
  auto effect = effect_on(order, "enrich");
  effect.data = R"({"run":0})";
  apply_one(session, effect);
  effect.redrive = 1;
  effect.data = R"({"run":1})";
  CHECK(apply_one(session, effect).status == Status::recorded);
  CHECK(database.value("select data->>'run' from order_enrichments") == "1");
}

TEST_CASE_METHOD(Ledger, "a batch of all kinds is answered in its order") {
  const auto second = place_order(session);
  const auto third = place_order(session);
  apply_one(session, effect_on(second, "process", "processing"));
  const auto answers = record_results(
      session, {effect_on(third, "process", "processing"), effect_on(second, "process", "processing"),
                effect_on(esteira::runtime::random_uuid(), "process"), failure_of(order, "process", "no"),
                effect_on(third, "process", "completed"), effect_on(third, "ship", "shipped"), effect_on("?", "ship")});
  std::vector<Status> statuses;
  statuses.reserve(answers.size());
  for (const auto& answer : answers) statuses.push_back(answer.status);
  CHECK(statuses == std::vector{Status::recorded, Status::duplicate, Status::unknown_order, Status::recorded,
                                Status::duplicate, Status::recorded, Status::unknown_order});
  CHECK(status(third) == "shipped");
  CHECK(status(order) == "failed");
}

TEST_CASE_METHOD(Ledger, "a batch survives quotes, backslashes and line ends in what it writes") {
  const std::string reason = "\"quoted\" \\ {a,b} NULL\nação";
  apply_one(session, failure_of(order, "enrich", reason));
  CHECK(database.value("select failure_reason from orders") == reason);
  CHECK(database.value("select detail from order_events where stage = 'enrich'") == reason);
}

TEST_CASE_METHOD(Ledger, "every effect moves the time of the order on") {
  const auto time = [this] { return database.value("select updated_at from orders"); };
  database.execute("update orders set updated_at = now() + interval '1 hour'");
  const auto before = time();
  apply_one(session, retry_of(order, "enrich", 1));
  CHECK(time() > before);
}

TEST_CASE_METHOD(Ledger, "endings are found for those that have one") {
  const auto second = place_order(session);
  apply_one(session, failure_of(order, "enrich", "why"));
  apply_one(session, retry_of(second, "enrich", 1));
  const auto endings = find_terminal_results(session, "enrich", {{second, 0}, {order, 0}, {order, 1}, {"?", 0}});
  REQUIRE(endings.size() == 4);
  CHECK_FALSE(endings[0]);
  REQUIRE(endings[1]);
  CHECK(endings[1]->detail == "why");
  CHECK_FALSE(endings[2]);
  CHECK_FALSE(endings[3]);
}

TEST_CASE_METHOD(Ledger, "a batch is written although its connection was lost before") {
  database.terminate_backends();
  CHECK(apply_one(session, effect_on(order, "process", "processing")).status == Status::recorded);
}
