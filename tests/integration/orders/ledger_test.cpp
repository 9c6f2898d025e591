#include "runtime/orders/store/ledger.hpp"

#include <catch2/catch.hpp>

#include "runtime/text/uuid.hpp"
#include "tests/integration/orders/order_fixture.hpp"

namespace {

using esteira::Money;
using esteira::runtime::orders::find_terminal_results;
using esteira::test::failure_for;
using esteira::test::place_order;
using esteira::test::record_one;
using esteira::test::record_results;
using esteira::test::result_for;
using esteira::test::retry_for;
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
        "paid>shipped paid>completed paid>failed shipped>completed shipped>failed");
  CHECK(database.value("select count(*)"
                       " from unnest(enum_range(null::order_status)) a, unnest(enum_range(null::order_status)) b"
                       " where order_status_may_become(a, b)") == "14");
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
