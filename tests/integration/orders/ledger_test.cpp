#include "runtime/orders/store/ledger.hpp"

#include <catch2/catch.hpp>

#include "runtime/text/uuid.hpp"
#include "tests/integration/orders/order_fixture.hpp"

namespace {

using esteira::Money;
using esteira::runtime::orders::find_message_states;
using esteira::runtime::orders::find_terminal_results;
using esteira::test::failure_for;
using esteira::test::place_order;
using esteira::test::record_one;
using esteira::test::record_results;
using esteira::test::result_for;
using esteira::test::retry_for;
using esteira::test::scheduled_retry_for;
using esteira::test::snooze_for;
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

TEST_CASE_METHOD(Ledger, "a result updates the order, saves its enrichment and adds a timeline entry") {
  auto result = result_for(order, "process", "processing");
  result.data = R"({"a": 1})";
  result.total = Money{1999};
  CHECK(record_one(session, result).status == Status::recorded);
  CHECK(status(order) == "processing");
  CHECK(database.value("select data->>'a' from order_enrichments where stage = 'process'") == "1");
  CHECK(database.value("select total_amount from orders") == "19.99");
  CHECK(database.value("select outcome from order_events where stage = 'process'") == "done");
}

TEST_CASE_METHOD(Ledger, "a refusal fails the order and keeps the routing key of its event for a redelivery") {
  auto refusal = failure_for(order, "enrich", "no stock");
  refusal.routing_key = "order.refused";
  auto failure = failure_for(place_order(session), "enrich", "no stock");
  record_results(session, {refusal, failure});
  CHECK(status(order) == "failed");
  CHECK(database.value("select coalesce(routing_key, 'none') from order_events where outcome = 'failed' and "
                       "order_id = '" +
                       failure.order_id + "'") == "none");
  const auto found = find_terminal_results(session, "enrich", {{order, 0}, {failure.order_id, 0}});
  CHECK(found.at(0)->kind == StageResult::Kind::failed);
  CHECK(found.at(0)->routing_key == "order.refused");
  CHECK(found.at(0)->detail == "no stock");
  CHECK(found.at(1)->routing_key.empty());
  const auto again = record_one(session, result_for(order, "enrich", "paid"));
  CHECK(again.terminal_result->routing_key == "order.refused");
}

TEST_CASE_METHOD(Ledger, "the effect of a compensating stage lands once on an order that has failed, which stays so") {
  auto refusal = failure_for(order, "enrich", "no stock");
  refusal.routing_key = "order.refused";
  record_one(session, refusal);
  auto refund = result_for(order, "refund");
  refund.data = R"({"refund":"r-1"})";
  refund.total = Money{1};
  CHECK(record_one(session, refund).status == Status::recorded);
  CHECK(record_one(session, refund).status == Status::duplicate);
  CHECK(count("order_enrichments") == "1");
  CHECK(status(order) == "failed");
  CHECK(database.value("select failure_reason from orders") == "no stock");
  CHECK(record_one(session, result_for(order, "late", "completed")).status == Status::recorded);
  CHECK(status(order) == "failed");
}

TEST_CASE_METHOD(Ledger, "a result is recorded once, and a duplicate returns the recorded one") {
  auto result = result_for(order, "process", "processing");
  result.data = R"({"a":1})";
  result.total = Money{5};
  result.routing_key = "order.next";
  record_one(session, result);
  result.data = R"({"a":2})";
  const auto again = record_one(session, result);
  CHECK(again.status == Status::duplicate);
  REQUIRE(again.terminal_result);
  CHECK(again.terminal_result->kind == StageResult::Kind::done);
  CHECK(again.terminal_result->data == R"({"a": 1})");
  CHECK(again.terminal_result->routing_key == "order.next");
  CHECK(again.terminal_result->total == Money{5});
  CHECK(database.value("select data->>'a' from order_enrichments") == "1");
}

TEST_CASE_METHOD(Ledger, "a result for an unknown order writes nothing") {
  auto result = result_for(esteira::runtime::random_uuid(), "process", "processing");
  result.data = "{}";
  CHECK(record_one(session, result).status == Status::unknown_order);
  CHECK(record_one(session, result_for("not a uuid", "process")).status == Status::unknown_order);
  CHECK(count("order_events where stage <> 'api'") == "0");
  CHECK(count("order_enrichments") == "0");
}

TEST_CASE_METHOD(Ledger, "a status never moves backwards") {
  record_one(session, result_for(order, "finalize", "completed"));
  CHECK(record_one(session, result_for(order, "process", "processing")).status == Status::recorded);
  CHECK(status(order) == "completed");
  CHECK(record_one(session, failure_for(order, "enrich", "too late")).status == Status::recorded);
  CHECK(status(order) == "completed");
  CHECK(count("order_events") == "4");
}

TEST_CASE_METHOD(Ledger, "a failed order stays failed with its first reason") {
  record_one(session, failure_for(order, "enrich", "first"));
  record_one(session, failure_for(order, "ship", "second"));
  record_one(session, result_for(order, "finalize", "completed"));
  CHECK(status(order) == "failed");
  CHECK(database.value("select failure_reason from orders") == "first");
}

TEST_CASE_METHOD(Ledger, "order_status_may_become allows only forward moves") {
  CHECK(database.value("select string_agg(a || '>' || b, ' ' order by a, b)"
                       " from unnest(enum_range(null::order_status)) a, unnest(enum_range(null::order_status)) b"
                       " where order_status_may_become(a, b) and a >= 'paid'") ==
        "paid>shipped paid>completed paid>failed paid>cancelled shipped>completed shipped>failed shipped>cancelled");
  CHECK(database.value("select count(*)"
                       " from unnest(enum_range(null::order_status)) a, unnest(enum_range(null::order_status)) b"
                       " where order_status_may_become(a, b)") == "18");
}

TEST_CASE_METHOD(Ledger, "a failed attempt is recorded once and does not change the status") {
  CHECK(record_one(session, retry_for(order, "enrich", 1)).status == Status::recorded);
  CHECK(record_one(session, retry_for(order, "enrich", 1)).status == Status::recorded);
  CHECK(record_one(session, retry_for(order, "enrich", 2)).status == Status::recorded);
  CHECK(count("order_events where outcome = 'retry'") == "2");
  CHECK(status(order) == "pending");
}

TEST_CASE_METHOD(Ledger, "a failed attempt after the stage's terminal result is not recorded") {
  record_one(session, failure_for(order, "enrich", "why"));
  const auto late = record_one(session, retry_for(order, "enrich", 3));
  CHECK(late.status == Status::duplicate);
  REQUIRE(late.terminal_result);
  CHECK(late.terminal_result->kind == StageResult::Kind::failed);
  CHECK(late.terminal_result->detail == "why");
  CHECK(count("order_events where outcome = 'retry'") == "0");
}

TEST_CASE_METHOD(Ledger, "a stage records another result after a redrive") {
  auto result = result_for(order, "enrich");
  result.data = R"({"run":0})";
  record_one(session, result);
  result.redrive = 1;
  result.data = R"({"run":1})";
  CHECK(record_one(session, result).status == Status::recorded);
  CHECK(database.value("select data->>'run' from order_enrichments") == "1");
}

TEST_CASE_METHOD(Ledger, "a batch of all kinds of results is recorded in its order") {
  const auto second = place_order(session);
  const auto third = place_order(session);
  record_one(session, result_for(second, "process", "processing"));
  const auto recorded =
      record_results(session, {result_for(third, "process", "processing"), result_for(second, "process", "processing"),
                               result_for(esteira::runtime::random_uuid(), "process"),
                               failure_for(order, "process", "no"), result_for(third, "process", "completed"),
                               result_for(third, "ship", "shipped"), result_for("?", "ship")});
  std::vector<Status> statuses;
  statuses.reserve(recorded.size());
  for (const auto& each : recorded) statuses.push_back(each.status);
  CHECK(statuses == std::vector{Status::recorded, Status::duplicate, Status::unknown_order, Status::recorded,
                                Status::duplicate, Status::recorded, Status::unknown_order});
  CHECK(status(third) == "shipped");
  CHECK(status(order) == "failed");
}

TEST_CASE_METHOD(Ledger, "a batch stores quotes, backslashes and line ends unchanged") {
  const std::string reason = "\"quoted\" \\ {a,b} NULL\nação";
  record_one(session, failure_for(order, "enrich", reason));
  CHECK(database.value("select failure_reason from orders") == reason);
  CHECK(database.value("select detail from order_events where stage = 'enrich'") == reason);
}

TEST_CASE_METHOD(Ledger, "a result has the order's duration only when it completes the order") {
  CHECK_FALSE(record_one(session, result_for(order, "process", "processing")).order_seconds);
  CHECK(record_one(session, result_for(order, "finalize", "completed")).order_seconds);
  CHECK_FALSE(record_one(session, result_for(order, "finalize", "completed")).order_seconds);
  CHECK_FALSE(record_one(session, result_for(order, "archive", "completed")).order_seconds);
  const auto failed = place_order(session);
  record_one(session, failure_for(failed, "enrich", "why"));
  const auto late = record_one(session, result_for(failed, "finalize", "completed"));
  CHECK(late.status == Status::recorded);
  CHECK_FALSE(late.order_seconds);
}

TEST_CASE_METHOD(Ledger, "every result increases updated_at") {
  const auto time = [this] { return database.value("select updated_at from orders"); };
  database.execute("update orders set updated_at = now() + interval '1 hour'");
  const auto before = time();
  record_one(session, retry_for(order, "enrich", 1));
  CHECK(time() > before);
}

TEST_CASE_METHOD(Ledger, "find_terminal_results finds recorded results only") {
  const auto second = place_order(session);
  record_one(session, failure_for(order, "enrich", "why"));
  record_one(session, retry_for(second, "enrich", 1));
  const auto endings = find_terminal_results(session, "enrich", {{second, 0}, {order, 0}, {order, 1}, {"?", 0}});
  REQUIRE(endings.size() == 4);
  CHECK_FALSE(endings[0]);
  REQUIRE(endings[1]);
  CHECK(endings[1]->detail == "why");
  CHECK_FALSE(endings[2]);
  CHECK_FALSE(endings[3]);
}

TEST_CASE_METHOD(Ledger, "a batch is written although the connection was lost before") {
  database.terminate_backends();
  CHECK(record_one(session, result_for(order, "process", "processing")).status == Status::recorded);
}

TEST_CASE_METHOD(Ledger, "a snooze writes its message, and one entry that the next snooze updates") {
  const auto entry = [this] {
    return database.value(
        "select snoozes || ' ' || attempt || ' ' || detail || ' ' || (due_at > created_at)"
        " from order_events where entry_kind = 'snooze'");
  };
  CHECK(record_one(session, snooze_for(order, "enrich", 0)).status == Status::recorded);
  CHECK(entry() == "1 1 not yet true");
  const auto first = database.value("select created_at from order_events where entry_kind = 'snooze'");
  auto second = snooze_for(order, "enrich", 1, std::chrono::milliseconds(50), "orders", 2);
  second.detail = "still not";
  CHECK(record_one(session, second).status == Status::recorded);
  CHECK(entry() == "2 2 still not true");
  CHECK(count("order_events where entry_kind = 'snooze'") == "1");
  CHECK(database.value("select created_at from order_events where entry_kind = 'snooze'") == first);
  CHECK(database.value("select string_agg(attempt || '.' || snoozes, ' ' order by snoozes) from scheduled_messages") ==
        "1.1 2.2");
  CHECK(database.value("select event || traceparent || body from scheduled_messages where snoozes = 2") ==
        "order.createdtrace{\"as\":\"received\"}");
  CHECK(status(order) == "pending");
}

TEST_CASE_METHOD(Ledger, "a retry with a delay of its own is recorded with its message") {
  CHECK(record_one(session, scheduled_retry_for(order, "enrich", 1)).status == Status::recorded);
  CHECK(database.value("select attempt || '.' || snoozes from scheduled_messages") == "2.0");
  CHECK(database.value("select outcome || attempt from order_events where due_at is not null") == "retry1");
}

TEST_CASE_METHOD(Ledger, "a repeated snooze or retry schedules no second message") {
  const bool is_snooze = GENERATE(true, false);
  const auto result = is_snooze ? snooze_for(order, "enrich", 0) : scheduled_retry_for(order, "enrich", 1);
  CHECK(record_one(session, result).status == Status::recorded);
  CHECK(record_one(session, result).status == Status::superseded);
  CHECK(record_one(session, snooze_for(order, "enrich", 0)).status == Status::superseded);
  CHECK(record_one(session, scheduled_retry_for(order, "enrich", 1)).status == Status::superseded);
  CHECK(record_one(session, retry_for(order, "enrich", 1)).status == Status::superseded);
  CHECK(count("scheduled_messages") == "1");
}

TEST_CASE_METHOD(Ledger, "of two copies of a message one goes on, whatever their handlers say") {
  CHECK(record_one(session, snooze_for(order, "enrich", 0)).status == Status::recorded);
  CHECK(record_one(session, snooze_for(order, "enrich", 1)).status == Status::recorded);
  CHECK(record_one(session, snooze_for(order, "enrich", 1)).status == Status::superseded);
  CHECK(record_one(session, snooze_for(order, "enrich", 0)).status == Status::superseded);
  CHECK(record_one(session, retry_for(order, "enrich", 1)).status == Status::superseded);
  CHECK(count("order_events where outcome = 'retry'") == "0");
  CHECK(record_one(session, snooze_for(order, "enrich", 2)).status == Status::recorded);
}

TEST_CASE_METHOD(Ledger, "a retry that went through the broker goes on beside the number of snoozes") {
  record_one(session, snooze_for(order, "enrich", 0));
  auto retry = retry_for(order, "enrich", 1);
  retry.snoozes = 1;
  CHECK(record_one(session, retry).status == Status::recorded);
  const auto again = std::chrono::milliseconds(1);
  CHECK(record_one(session, snooze_for(order, "enrich", 1, again, "orders", 2)).status == Status::recorded);
  CHECK(record_one(session, snooze_for(order, "enrich", 1)).status == Status::superseded);
  // A host of an earlier version loses the number. The count goes on.
  CHECK(record_one(session, snooze_for(order, "enrich", 0, again, "orders", 3)).status == Status::recorded);
  CHECK(database.value("select snoozes || '.' || attempt from order_events where entry_kind = 'snooze'") == "3.3");
}

TEST_CASE_METHOD(Ledger, "a snooze after the stage's terminal result schedules nothing") {
  auto result = result_for(order, "enrich");
  result.routing_key = "order.enriched";
  record_one(session, result);
  const auto late = record_one(session, snooze_for(order, "enrich", 0));
  CHECK(late.status == Status::duplicate);
  REQUIRE(late.terminal_result);
  CHECK(late.terminal_result->routing_key == "order.enriched");
  CHECK(record_one(session, snooze_for(esteira::runtime::random_uuid(), "enrich", 0)).status == Status::unknown_order);
  CHECK(count("scheduled_messages") == "0");
}

TEST_CASE_METHOD(Ledger, "snoozes are counted for each stage and redrive") {
  auto redriven = snooze_for(order, "enrich", 0);
  redriven.redrive = 1;
  const auto recorded = record_results(
      session, {snooze_for(order, "enrich", 0), snooze_for(order, "ship", 0), redriven, result_for(order, "process")});
  for (const auto& each : recorded) CHECK(each.status == Status::recorded);
  CHECK(count("scheduled_messages where snoozes = 1") == "3");
}

TEST_CASE_METHOD(Ledger, "a batch of snoozes and other results is recorded in its order") {
  const auto second = place_order(session);
  const auto recorded =
      record_results(session, {snooze_for(second, "enrich", 0), result_for(order, "enrich"),
                               snooze_for(second, "enrich", 0), scheduled_retry_for(order, "ship", 4, 2)});
  CHECK(recorded[0].status == Status::recorded);
  CHECK(recorded[1].status == Status::recorded);
  CHECK(recorded[2].status == Status::superseded);
  CHECK(recorded[3].status == Status::recorded);
  CHECK(database.value("select string_agg(stage || attempt || '.' || snoozes, ' ' order by stage)"
                       " from scheduled_messages") == "enrich1.1 ship5.2");
}

TEST_CASE_METHOD(Ledger, "a redelivered message is found to be superseded") {
  record_one(session, snooze_for(order, "enrich", 0));
  const auto second = place_order(session);
  record_one(session, scheduled_retry_for(second, "enrich", 1));
  const auto found = find_message_states(
      session, "enrich",
      {{order, 0, 1, 0}, {order, 0, 1, 1}, {order, 1, 1, 0}, {second, 0, 1, 0}, {second, 0, 2, 0}, {"?", 0, 1, 0}});
  REQUIRE(found.size() == 6);
  REQUIRE(found[0].result);
  CHECK(found[0].result->kind == StageResult::Kind::snooze);
  CHECK_FALSE(found[1].result);
  CHECK_FALSE(found[2].result);
  CHECK(found[3].result);
  CHECK_FALSE(found[4].result);
  CHECK_FALSE(found[5].result);
  CHECK_FALSE(find_terminal_results(session, "enrich", {{order, 0}}).at(0));
}
