#include "runtime/orders/store/scheduled_messages.hpp"

#include <catch2/catch.hpp>
#include <future>
#include <numeric>

#include "tests/integration/orders/order_fixture.hpp"
#include "tests/support/wait.hpp"

namespace {

using esteira::runtime::orders::ScheduledMessage;
using esteira::runtime::orders::seconds_until_due;
using esteira::runtime::orders::send_due_messages;
using esteira::test::OrderSession;
using esteira::test::place_order;
using esteira::test::record_one;
using esteira::test::result_for;
using esteira::test::scheduled_retry_for;
using esteira::test::snooze_for;
using esteira::test::wait_until;

using Indices = std::vector<std::size_t>;
using Messages = std::vector<ScheduledMessage>;

Indices all_messages(const Messages& messages) {
  Indices indices(messages.size());
  std::iota(indices.begin(), indices.end(), 0U);
  return indices;
}

struct ScheduledFixture {
  esteira::test::TestDatabase database;
  OrderSession session{database};
  std::string order = place_order(session);

  void await_due(const std::string& count = "1") {
    REQUIRE(wait_until(
        [&] { return database.value("select count(*) from scheduled_messages where due_at <= now()") == count; }));
  }
  std::string left() { return database.value("select count(*) from scheduled_messages"); }
  std::size_t send(const std::function<Indices(const Messages&)>& publish = all_messages) {
    return send_due_messages(session, "orders", "enrich", 100, publish);
  }
};

}  // namespace

TEST_CASE_METHOD(ScheduledFixture, "a message is sent when it is due, and not before") {
  using namespace std::chrono_literals;
  CHECK_FALSE(seconds_until_due(session, "orders", "enrich"));
  record_one(session, snooze_for(order, "enrich", 0, 1h));
  const auto seconds = seconds_until_due(session, "orders", "enrich");
  REQUIRE(seconds);
  CHECK(*seconds > 3500);
  CHECK(*seconds <= 3600);
  CHECK(send() == 0);
  database.execute("update scheduled_messages set due_at = now()");
  CHECK(*seconds_until_due(session, "orders", "enrich") <= 0);
  CHECK_FALSE(seconds_until_due(session, "orders", "ship"));
  CHECK_FALSE(seconds_until_due(session, "other", "enrich"));
  CHECK(send() == 1);
  CHECK(left() == "0");
}

TEST_CASE_METHOD(ScheduledFixture,
                 "a message is sent as it was received, with its numbers and the time of the first snooze") {
  record_one(session, snooze_for(order, "enrich", 0));
  database.execute("update order_events set created_at = '2026-11-22 07:00:00.125Z' where entry_kind = 'snooze'");
  record_one(session, snooze_for(order, "enrich", 1));
  await_due("2");
  Messages sent;
  CHECK(send([&](const Messages& messages) {
          sent = messages;
          return all_messages(messages);
        }) == 2);
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].key() == order + ":0:1:2");
  CHECK(sent[0].snoozed_since == 1'795'330'800'125);
  CHECK(sent[0].event == "order.created");
  CHECK(sent[0].traceparent == "trace");
  CHECK(sent[0].body == R"({"as":"received"})");
}

TEST_CASE_METHOD(ScheduledFixture, "messages that are not confirmed stay") {
  record_one(session, snooze_for(order, "enrich", 0));
  record_one(session, scheduled_retry_for(place_order(session), "enrich", 1));
  await_due("2");
  CHECK(send([](const Messages&) { return Indices{1}; }) == 1);
  CHECK(left() == "1");
  CHECK_THROWS(send([](const Messages&) -> Indices { throw std::runtime_error("no broker"); }));
  CHECK(left() == "1");
}

TEST_CASE_METHOD(ScheduledFixture, "messages that nobody needs are deleted and not sent") {
  record_one(session, snooze_for(order, "enrich", 0));
  record_one(session, result_for(order, "enrich"));
  const auto second = place_order(session);
  record_one(session, scheduled_retry_for(second, "enrich", 1));
  record_one(session, snooze_for(second, "enrich", 0, std::chrono::milliseconds(1), "orders", 2));
  await_due("3");
  Messages sent;
  CHECK(send([&](const Messages& messages) {
          sent = messages;
          return all_messages(messages);
        }) == 3);
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].key() == second + ":0:2:1");
  CHECK(left() == "0");
}

TEST_CASE_METHOD(ScheduledFixture, "two hosts send different messages, and results are recorded meanwhile") {
  record_one(session, snooze_for(order, "enrich", 0));
  await_due();
  OrderSession other(database);
  const auto sent = send([&](const Messages& messages) {
    CHECK(send_due_messages(other, "orders", "enrich", 100, all_messages) == 0);
    CHECK(record_one(other, snooze_for(order, "enrich", 1)).status == esteira::test::RecordedResult::Status::recorded);
    return all_messages(messages);
  });
  CHECK(sent == 1);
  CHECK(left() == "1");
}
