#include "runtime/orders/store/dead_letter_counts.hpp"

#include <catch2/catch.hpp>

#include "runtime/orders/operations/redrive.hpp"
#include "tests/integration/orders/order_fixture.hpp"

namespace {

using esteira::runtime::orders::count_dead_letters;
using esteira::runtime::orders::DeadLetter;
using esteira::runtime::orders::DeadLetterCounts;
using esteira::test::failure_for;
using esteira::test::place_order;
using esteira::test::record_one;
using esteira::test::result_for;
using esteira::test::TestDatabase;

struct CountedDeadLetters {
  TestDatabase database;
  esteira::runtime::postgres::Session session{database.url(), "test", [](pqxx::connection& connection) {
                                                esteira::runtime::orders::prepare_order_store(connection);
                                                esteira::runtime::orders::prepare_ledger(connection);
                                                esteira::runtime::orders::prepare_dead_letter_counts(connection);
                                              }};

  std::string place_failed(const std::string& stage) {
    auto id = place_order(session);
    record_one(session, failure_for(id, stage, "gone"));
    return id;
  }

  static DeadLetter dead_letter_of(const std::string& order_id) {
    DeadLetter dead_letter;
    dead_letter.order_id = order_id;
    dead_letter.stage = "enrich";
    dead_letter.stage_queue = "orders.enrich";
    dead_letter.body = "{}";
    return dead_letter;
  }
};

}  // namespace

TEST_CASE_METHOD(CountedDeadLetters, "failed orders are counted by stage with the age of the oldest") {
  const auto oldest = place_failed("enrich");
  place_failed("enrich");
  record_one(session, result_for(place_order(session), "process", "completed"));
  database.execute(
      "update order_events set created_at = now() - interval '1 hour' where outcome = 'failed' and order_id = '" +
      oldest + "'");
  database.execute("insert into registered_stages (exchange, stage, retry_delays) values ('orders', 'process', '{}')");
  auto counts = count_dead_letters(session);
  REQUIRE(counts.size() == 2);
  std::ranges::sort(counts, {}, &DeadLetterCounts::stage);
  CHECK(counts[0].stage == "enrich");
  CHECK(counts[0].failed_orders == 2);
  CHECK(counts[0].oldest_seconds >= 3600);
  CHECK(counts[1].stage == "process");
  CHECK(counts[1].failed_orders == 0);
  CHECK(counts[1].oldest_seconds == 0);
}

TEST_CASE_METHOD(CountedDeadLetters, "a redriven order and a purged one do not count as failed") {
  const auto redriven = place_failed("enrich");
  const auto purged = place_failed("enrich");
  REQUIRE(count_dead_letters(session).at(0).failed_orders == 2);
  redrive_dead_letter(session, dead_letter_of(redriven));
  REQUIRE(count_dead_letters(session).at(0).failed_orders == 1);
  purge_dead_letter(session, dead_letter_of(purged));
  CHECK(count_dead_letters(session).empty());
}

TEST_CASE_METHOD(CountedDeadLetters, "kept messages are counted by stage, and the oldest dead letter may be one") {
  place_failed("enrich");
  database.execute(
      "insert into dead_letter_messages (message_key, stage, body, died_at, kept_at) values "
      "('a', 'enrich', '', now() - interval '2 hours', now()), "
      "('b', 'enrich', '', null, now()), "
      "('c', 'process', '', null, now() - interval '1 hour'), "
      "('d', 'finalize', '', now() + interval '1 hour', now())");
  auto counts = count_dead_letters(session);
  REQUIRE(counts.size() == 3);
  std::ranges::sort(counts, {}, &DeadLetterCounts::stage);
  CHECK(counts[0].failed_orders == 1);
  CHECK(counts[0].kept_messages == 2);
  CHECK(counts[0].oldest_seconds >= 7200);
  CHECK(counts[1].stage == "finalize");
  CHECK(counts[1].oldest_seconds == 0);
  CHECK(counts[2].kept_messages == 1);
  CHECK(counts[2].failed_orders == 0);
  CHECK(counts[2].oldest_seconds >= 3600);
}

TEST_CASE_METHOD(CountedDeadLetters, "a change of an order's status writes to no index") {
  const auto id = place_order(session);
  std::string heap_only;
  session.transact([&](pqxx::work& work) {
    work.exec0("update orders set status = 'processing', updated_at = now() where id = '" + id + "'");
    heap_only = work.exec1("select pg_stat_get_xact_tuples_hot_updated('orders'::regclass)")[0].c_str();
  });
  CHECK(heap_only == "1");
}

TEST_CASE_METHOD(CountedDeadLetters, "counting failed orders reads the index of failed orders") {
  std::string plan;
  session.read([&](pqxx::transaction_base& work) {
    for (const auto& row : work.exec("explain select id from orders o where o.failure_reason is not null")) {
      plan += row[0].c_str();
    }
  });
  CHECK_THAT(plan, Catch::Contains("orders_failed"));
}
