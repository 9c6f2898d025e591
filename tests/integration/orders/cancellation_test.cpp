#include "runtime/orders/store/cancellation.hpp"

#include <catch2/catch.hpp>

#include "runtime/text/uuid.hpp"
#include "tests/integration/orders/order_fixture.hpp"

namespace {

using esteira::Money;
using esteira::runtime::orders::CancelAnswer;
using esteira::runtime::orders::find_message_states;
using esteira::runtime::orders::kCancelledEvent;
using esteira::test::cancelled_for;
using esteira::test::failure_for;
using esteira::test::place_order;
using esteira::test::record_one;
using esteira::test::record_results;
using esteira::test::request_cancellation;
using esteira::test::result_for;
using esteira::test::retry_for;
using esteira::test::snooze_for;
using esteira::test::StageResult;
using Answer = CancelAnswer::Status;
using Recorded = esteira::runtime::orders::RecordedResult::Status;

struct Cancellation {
  esteira::test::TestDatabase database;
  esteira::test::OrderSession session{database};
  std::string order = place_order(session);

  Answer request() { return request_cancellation(session, order).status; }
  std::string status() { return of_order("status"); }
  std::string of_order(const std::string& column) {
    return database.value("select " + column + " from orders where id = '" + order + "'");
  }
  std::string timeline() {
    return database.value(
        "select string_agg(stage || ' ' || outcome || coalesce(' ' || routing_key, ''), ', ' order by"
        " created_at, stage) from order_events where order_id = '" +
        order + "'");
  }
};

StageResult done_with_event(const std::string& order, const std::string& stage, const std::string& status,
                            const std::string& event) {
  auto result = result_for(order, stage, status);
  result.routing_key = event;
  return result;
}

}  // namespace

TEST_CASE("the database and the programs have the same name for the event of cancelled orders") {
  esteira::test::TestDatabase database;
  CHECK(database.value("select cancelled_event()") == kCancelledEvent);
}

TEST_CASE_METHOD(Cancellation, "a request marks the order and is accepted again as long as it is open") {
  CHECK(request() == Answer::accepted);
  CHECK(request() == Answer::accepted);
  CHECK(status() == "pending");
  CHECK(of_order("cancel_requested_at is not null") == "t");
  CHECK(timeline() == "api accepted order.created, api cancel_requested");
}

TEST_CASE_METHOD(Cancellation, "requests of one batch are answered in their order") {
  const auto other = place_order(session);
  record_one(session, result_for(other, "finalize", "completed"));
  const auto answers = esteira::runtime::orders::request_cancellations(
      session, {{other, {}}, {esteira::runtime::random_uuid(), {}}, {order, {}}, {order, {}}, {order, "stranger"}});
  REQUIRE(answers.size() == 5);
  CHECK(answers[0].status == Answer::refused);
  CHECK(answers[0].order_status == "completed");
  CHECK(answers[1].status == Answer::unknown_order);
  CHECK(answers[2].status == Answer::accepted);
  CHECK(answers[3].status == Answer::accepted);
  CHECK(answers[3].order_status == "pending");
  CHECK(answers[4].status == Answer::unknown_order);
  CHECK(timeline() == "api accepted order.created, api cancel_requested");
}

TEST_CASE_METHOD(Cancellation, "another client's request does not mark an order") {
  CHECK(esteira::runtime::orders::request_cancellations(session, {{order, "stranger"}}).at(0).status ==
        Answer::unknown_order);
  CHECK(of_order("cancel_requested_at is null") == "t");
  CHECK(esteira::runtime::orders::request_cancellations(session, {{order, "default"}}).at(0).status ==
        Answer::accepted);
}

TEST_CASE_METHOD(Cancellation, "the next result cancels the order, keeps its data and total, and changes its event") {
  REQUIRE(request() == Answer::accepted);
  auto result = done_with_event(order, "process", "processing", "order.enrichment.requested");
  result.data = R"({"a": 1})";
  result.total = Money{1999};
  const auto recorded = record_one(session, result);
  CHECK(recorded.status == Recorded::recorded);
  REQUIRE(recorded.terminal_result);
  CHECK(recorded.terminal_result->kind == StageResult::Kind::done);
  CHECK(recorded.terminal_result->routing_key == kCancelledEvent);
  CHECK(recorded.terminal_result->data == R"({"a": 1})");
  CHECK(recorded.terminal_result->total == Money{1999});
  CHECK(recorded.terminal_result->is_optional);
  CHECK(status() == "cancelled");
  CHECK(of_order("total_amount") == "19.99");
  CHECK(of_order("cancel_requested_at is null") == "t");
  CHECK(timeline() == "api accepted order.created, api cancel_requested, process done order.cancelled");
  CHECK(database.value("select status from order_events where stage = 'process'") == "processing");

  CHECK(request() == Answer::accepted);
  CHECK(of_order("cancel_requested_at is null") == "t");
}

TEST_CASE_METHOD(Cancellation, "a redelivery finds the event of the cancellation") {
  REQUIRE(request() == Answer::accepted);
  const auto result = done_with_event(order, "process", "processing", "order.enrichment.requested");
  record_one(session, result);
  const auto duplicate = record_one(session, result);
  CHECK(duplicate.status == Recorded::duplicate);
  const auto states = find_message_states(session, "process", {{order, 0, 1, 0}});
  for (const auto& found : {duplicate.terminal_result, states.at(0).result}) {
    REQUIRE(found);
    CHECK(found->routing_key == kCancelledEvent);
    CHECK(found->is_optional);
  }
}

TEST_CASE_METHOD(Cancellation, "a result that would complete the order cancels it") {
  REQUIRE(request() == Answer::accepted);
  const auto recorded = record_one(session, done_with_event(order, "finalize", "completed", "order.completed"));
  CHECK_FALSE(recorded.order_seconds);
  CHECK(status() == "cancelled");
}

TEST_CASE_METHOD(Cancellation, "the event of a paid order that is cancelled must be routed") {
  SECTION("paid before") {
    record_one(session, done_with_event(order, "payment", "paid", "payment.approved"));
    REQUIRE(request() == Answer::accepted);
    CHECK_FALSE(record_one(session, result_for(order, "pack")).terminal_result->is_optional);
  }
  SECTION("paid by the result that cancels it") {
    REQUIRE(request() == Answer::accepted);
    CHECK_FALSE(record_one(session, result_for(order, "payment", "paid")).terminal_result->is_optional);
    CHECK_FALSE(find_message_states(session, "payment", {{order, 0, 1, 0}}).at(0).result->is_optional);
  }
  SECTION("a stage consumes it") {
    database.execute(
        "insert into registered_stages (exchange, stage, retry_delays, consumes) values"
        " ('orders', 'refund', '{}', 'order.cancelled')");
    REQUIRE(request() == Answer::accepted);
    CHECK_FALSE(record_one(session, result_for(order, "process")).terminal_result->is_optional);
  }
}

TEST_CASE_METHOD(Cancellation, "a shipped order and one that has ended are not cancelled any more") {
  const auto* ended = GENERATE("shipped", "completed", "failed");
  ended == std::string("failed") ? record_one(session, failure_for(order, "process", "no"))
                                 : record_one(session, result_for(order, "process", ended));
  const auto answer = request_cancellation(session, order);
  CHECK(answer.status == Answer::refused);
  CHECK(answer.order_status == ended);
  CHECK(of_order("cancel_requested_at is null") == "t");
  CHECK(database.value("select count(*) from order_events where outcome = 'cancel_requested'") == "0");
}

TEST_CASE_METHOD(Cancellation, "a shipped order that failed and was redriven is not cancelled") {
  record_one(session, result_for(order, "shipping", "shipped"));
  record_one(session, failure_for(order, "delivery", "no answer"));
  database.execute("update orders set status = 'processing', failure_reason = null, redrives = 1 where id = '" + order +
                   "'");
  CHECK(request_cancellation(session, order).status == Answer::refused);
  CHECK(of_order("cancel_requested_at is null") == "t");
}

TEST_CASE_METHOD(Cancellation, "a failure wins over a request") {
  REQUIRE(request() == Answer::accepted);
  const auto recorded = record_one(session, failure_for(order, "process", "no"));
  CHECK_FALSE(recorded.terminal_result);
  CHECK(status() == "failed");
  CHECK(of_order("cancel_requested_at is null") == "t");
  CHECK(request() == Answer::refused);
}

TEST_CASE_METHOD(Cancellation, "a failed attempt leaves the request open, and a snoozed message comes back at once") {
  REQUIRE(request() == Answer::accepted);
  record_one(session, retry_for(order, "process", 1));
  CHECK(status() == "pending");
  record_one(session, snooze_for(order, "process", 0, std::chrono::hours(1), "orders", 2));
  CHECK(of_order("cancel_requested_at is not null") == "t");
  CHECK(database.value("select due_at <= now() from scheduled_messages") == "t");
}

TEST_CASE_METHOD(Cancellation, "a request makes the scheduled message of the order due") {
  record_one(session, snooze_for(order, "process", 0, std::chrono::hours(1)));
  record_one(session, snooze_for(place_order(session), "process", 0, std::chrono::hours(1)));
  REQUIRE(request() == Answer::accepted);
  CHECK(database.value("select string_agg((due_at <= now())::text, ' ' order by due_at) from scheduled_messages") ==
        "true false");
}

TEST_CASE_METHOD(Cancellation, "a message that waited is found to be cancelled, and cancels its order") {
  CHECK_FALSE(find_message_states(session, "process", {{order, 0, 2, 0}}).at(0).is_cancel_requested);
  REQUIRE(request() == Answer::accepted);
  const auto state = find_message_states(session, "process", {{order, 0, 2, 0}}).at(0);
  CHECK(state.is_cancel_requested);
  CHECK_FALSE(state.result);

  auto result = cancelled_for(order, "process");
  result.attempt = 2;
  const auto recorded = record_one(session, result);
  CHECK(recorded.status == Recorded::recorded);
  REQUIRE(recorded.terminal_result);
  CHECK(recorded.terminal_result->routing_key == kCancelledEvent);
  CHECK(status() == "cancelled");
  CHECK(timeline() == "api accepted order.created, api cancel_requested, process cancelled order.cancelled");
  CHECK(record_one(session, result).status == Recorded::duplicate);
  const auto found = find_message_states(session, "process", {{order, 0, 2, 0}}).at(0).result;
  REQUIRE(found);
  CHECK(found->kind == StageResult::Kind::cancelled);
  CHECK(found->routing_key == kCancelledEvent);
}

TEST_CASE_METHOD(Cancellation, "a message is not cancelled without an open request") {
  CHECK(record_one(session, cancelled_for(order, "process")).status == Recorded::not_requested);
  const auto other = place_order(session);
  REQUIRE(request_cancellation(session, other).status == Answer::accepted);
  const auto recorded = record_results(session, {cancelled_for(order, "process"), cancelled_for(other, "process"),
                                                 cancelled_for(esteira::runtime::random_uuid(), "process")});
  CHECK(recorded.at(0).status == Recorded::not_requested);
  CHECK(recorded.at(1).status == Recorded::recorded);
  CHECK(recorded.at(2).status == Recorded::unknown_order);
  CHECK(database.value("select count(*) from order_events where outcome = 'cancelled'") == "1");
  CHECK(status() == "pending");
}

TEST_CASE_METHOD(Cancellation, "only the orders of a batch that have a request are cancelled") {
  std::vector<StageResult> results;
  std::vector<std::string> orders{order};
  for (int i = 0; i < 9; ++i) orders.push_back(place_order(session));
  for (std::size_t i = 0; i < orders.size(); i += 3)
    REQUIRE(request_cancellation(session, orders[i]).status == Answer::accepted);
  results.reserve(orders.size());
  for (const auto& id : orders) results.push_back(done_with_event(id, "process", "processing", "order.next"));
  const auto recorded = record_results(session, results);
  for (std::size_t i = 0; i < orders.size(); ++i) CHECK(recorded[i].terminal_result.has_value() == (i % 3 == 0));
  CHECK(database.value("select count(*) from orders where status = 'cancelled'") == "4");
  CHECK(database.value("select count(*) from order_events where routing_key = 'order.next'") == "6");
}

TEST_CASE_METHOD(Cancellation, "results that come after the cancellation change neither status nor total") {
  REQUIRE(request() == Answer::accepted);
  record_one(session, done_with_event(order, "process", "processing", "order.next"));
  auto late = done_with_event(order, "refund", "completed", "refund.completed");
  late.total = Money{100};
  const auto recorded = record_one(session, late);
  CHECK(recorded.status == Recorded::recorded);
  CHECK_FALSE(recorded.terminal_result);
  CHECK(status() == "cancelled");
  CHECK(of_order("total_amount is null") == "t");
  CHECK(database.value("select routing_key from order_events where stage = 'refund'") == "refund.completed");
}

TEST_CASE_METHOD(Cancellation, "a dead letter of a cancelled order leaves it cancelled, with the reason") {
  REQUIRE(request() == Answer::accepted);
  record_one(session, done_with_event(order, "process", "processing", "order.next"));
  record_one(session, failure_for(order, "refund", "bank away"));
  CHECK(status() == "cancelled");
  CHECK(of_order("failure_reason") == "bank away");
}
