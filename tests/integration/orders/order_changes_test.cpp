#include "runtime/orders/store/order_changes.hpp"

#include <catch2/catch.hpp>

#include "runtime/orders/store/terminal.hpp"
#include "tests/integration/orders/order_fixture.hpp"

namespace {

using esteira::runtime::orders::find_changed;
using esteira::runtime::orders::has_ended;
using esteira::runtime::orders::prepare_order_changes;
using esteira::runtime::orders::read_orders;
using esteira::runtime::orders::SeenOrder;
using esteira::runtime::orders::TerminalCheck;
using esteira::test::failure_for;
using esteira::test::OrderSession;
using esteira::test::place_order;
using esteira::test::record_one;
using esteira::test::result_for;
using esteira::test::retry_for;
using esteira::test::scheduled;
using esteira::test::TestDatabase;

struct Watched {
  TestDatabase database;
  OrderSession orders{database};
  esteira::runtime::postgres::Session session{database.url(), "test", prepare_order_changes};

  SeenOrder see(const std::string& id) {
    return {id, read_orders(orders, {id}, TerminalCheck::skip).at(0).value().updated_at};
  }
};

}  // namespace

TEST_CASE_METHOD(Watched, "only the orders that have changed since they were seen are found") {
  constexpr int kOrders = 4;
  std::vector<SeenOrder> seen;
  seen.reserve(kOrders);
  for (int i = 0; i < kOrders; ++i) seen.push_back(see(place_order(orders)));
  CHECK(find_changed(session, seen).empty());
  record_one(orders, result_for(seen[2].order_id, "process", "processing"));
  CHECK(find_changed(session, seen) == std::vector<std::size_t>{2});
  CHECK(find_changed(session, {}).empty());
}

TEST_CASE_METHOD(Watched, "whatever a stage does with an order is a change of it") {
  const auto id = place_order(orders);
  const auto seen = see(id);
  SECTION("done without a status") { record_one(orders, result_for(id, "enrich")); }
  SECTION("a failed attempt") { record_one(orders, retry_for(id, "enrich", 1)); }
  SECTION("an attempt that is scheduled") {
    record_one(orders, scheduled(retry_for(id, "enrich", 1), std::chrono::hours(1), "orders"));
  }
  SECTION("failed") { record_one(orders, failure_for(id, "enrich", "no")); }
  CHECK(find_changed(session, {seen}).size() == 1);
}

TEST_CASE_METHOD(Watched, "an order that is gone has changed") {
  const auto seen = see(place_order(orders));
  database.execute("delete from orders");
  CHECK(find_changed(session, {seen}).size() == 1);
}

TEST_CASE_METHOD(Watched, "changes are found by the primary key") {
  find_changed(session, {see(place_order(orders))});  // prepares the statement
  std::string plan;
  session.read([&](pqxx::transaction_base& work) {
    work.exec("set plan_cache_mode = force_generic_plan");
    for (const auto& row : work.exec("explain execute orders_changed('{}', '{}')"))
      plan.append(row[0].c_str()).append("\n");
  });
  CAPTURE(plan);
  CHECK(plan.find("Index Scan using orders_pk") != std::string::npos);
  CHECK(plan.find("Seq Scan") == std::string::npos);
}

TEST_CASE_METHOD(Watched, "the statuses of an order that has ended are those that the database moves no further") {
  session.read([&](pqxx::transaction_base& work) {
    for (const auto& row : work.exec("select s::text, not order_status_may_become(s, 'completed')"
                                     " from unnest(enum_range(null::order_status)) s")) {
      CAPTURE(row[0].c_str());
      CHECK(has_ended(row[0].c_str()) == row[1].as<bool>());
    }
  });
}
