#include "runtime/orders/store/order_reader.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <regex>

#include "runtime/text/uuid.hpp"
#include "tests/integration/orders/order_fixture.hpp"

namespace {

using esteira::Money;
using esteira::runtime::orders::read_orders;
using esteira::runtime::orders::store_orders;
using esteira::runtime::orders::TerminalCheck;
using esteira::test::failure_for;
using esteira::test::new_order;
using esteira::test::OrderSession;
using esteira::test::place_order;
using esteira::test::record_one;
using esteira::test::result_for;
using esteira::test::retry_for;
using esteira::test::TestDatabase;

struct Reader {
  TestDatabase database;
  OrderSession session{database};
};

}  // namespace

TEST_CASE_METHOD(Reader, "an order is read with its items, enrichments and timeline") {
  auto order = new_order();
  order.order.items = {{"Z", 2, Money{1000}}, {"A", 1, {}}};
  store_orders(session, {order});
  const auto id = order.order.order_id;
  record_one(session, result_for(id, "process", "processing"));
  record_one(session, retry_for(id, "enrich", 1));
  auto enriched = result_for(id, "enrich");
  enriched.attempt = 2;
  enriched.data = R"({"score": 0.5})";
  enriched.total = Money{2500};
  record_one(session, enriched);
  const auto json = nlohmann::json::parse(to_json(read_orders(session, {id}, TerminalCheck::run).at(0).value()));
  CHECK(json["status"] == "processing");
  CHECK(json["items"] == nlohmann::json::parse(R"([{"sku":"Z","qty":2,"unit_price":"10.00"},{"sku":"A","qty":1}])"));
  CHECK(json["total"] == "25.00");
  CHECK(json["enrichments"]["enrich"]["score"] == 0.5);
  std::string timeline;
  for (const auto& event : json["timeline"]) {
    timeline += event["stage"].get<std::string>() + ':' + event["outcome"].get<std::string>() + ' ';
    CHECK(std::regex_match(event["at"].get<std::string>(), std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)")));
  }
  CHECK(timeline == "api:accepted process:done enrich:retry enrich:done ");
  CHECK(json["timeline"][2]["detail"] == "not now");
  CHECK(json["timeline"][3]["attempt"] == 2);
}

TEST_CASE_METHOD(Reader, "a failed order is read with its reason") {
  const auto id = place_order(session);
  record_one(session, failure_for(id, "enrich", "gone"));
  const auto order = read_orders(session, {id}, TerminalCheck::run).at(0);
  REQUIRE(order);
  CHECK(order->status == "failed");
  CHECK(order->failure_reason == "gone");
}

TEST_CASE_METHOD(Reader, "several orders are read in the order of the ids, with none for an unknown id") {
  const auto first = place_order(session);
  const auto second = place_order(session);
  const auto orders =
      read_orders(session, {second, esteira::runtime::random_uuid(), "?", first, second}, TerminalCheck::run);
  REQUIRE(orders.size() == 5);
  CHECK(orders[0].value().id == second);
  CHECK_FALSE(orders[1]);
  CHECK_FALSE(orders[2]);
  CHECK(orders[3].value().id == first);
  CHECK(orders[4].value().id == second);
}

TEST_CASE_METHOD(Reader, "a reader's statements are not JIT-compiled") {
  const auto id = place_order(session);
  std::string jit;
  session.read([&](pqxx::transaction_base& work) { jit = work.exec1("show jit")[0].c_str(); });
  CHECK(jit == "off");
  CHECK(read_orders(session, {id}, TerminalCheck::run).front());
}

TEST_CASE_METHOD(Reader, "a reader determines whether an order is terminal only when asked") {
  const auto id = place_order(session);
  record_one(session, result_for(id, "process", "completed"));
  CHECK(read_orders(session, {id}, TerminalCheck::run).at(0).value().terminal);
  CHECK_FALSE(read_orders(session, {id}, TerminalCheck::skip).at(0).value().terminal);
  database.execute(
      "insert into registered_stages (exchange, stage, retry_delays, binding_keys)"
      " values ('orders', 'notify', '{}', '{order.created}')");
  CHECK_FALSE(read_orders(session, {id}, TerminalCheck::run).at(0).value().terminal);
}
