#include <catch2/catch.hpp>

#include "tests/integration/orders/order_fixture.hpp"

namespace {

using esteira::runtime::orders::read_orders;
using esteira::runtime::orders::TerminalCheck;
using esteira::test::OrderSession;
using esteira::test::TestDatabase;

constexpr const char* kFull = "01a20239-47b8-74cf-bbb6-7207d44c7d42";
constexpr const char* kBare = "01a20239-47b8-74cf-bbb6-7207d44c7d43";

/// The rows of one kind stand in another order than they are shown in.
constexpr const char* kRows = R"(
do $$ begin
  execute format('alter database %I set timezone = ''Asia/Kolkata''', current_database());
  execute format('alter database %I set datestyle = ''SQL, DMY''', current_database());
end $$;
insert into orders (id, workflow, customer_id, status, total_amount, failure_reason, created_at, updated_at) values
 ('01a20239-47b8-74cf-bbb6-7207d44c7d43', '', '', 'pending', null, null, '2026-11-22 07:00:00Z', '2026-11-22 07:00:00Z'),
 ('01a20239-47b8-74cf-bbb6-7207d44c7d42', 'Wäsche', E'a\tb\\c', 'failed', 1234567890.10,
  E'no "stock" \u2028\u007f in Łódź\n', '2026-11-22 07:47:18.072500Z', '2026-11-22 23:59:59Z');
insert into order_items (order_id, line, sku, qty, unit_price) values
 ('01a20239-47b8-74cf-bbb6-7207d44c7d42', 10, '', 9007199254740993, null),
 ('01a20239-47b8-74cf-bbb6-7207d44c7d42', 2, E'{"\u00e9\\u00e9",NULL}', 1, 0),
 ('01a20239-47b8-74cf-bbb6-7207d44c7d42', 1, E'\U0001F6D2''</', 2, 12.5);
insert into order_enrichments (order_id, stage, data, created_at) values
 ('01a20239-47b8-74cf-bbb6-7207d44c7d42', 'b "2"', E'{"a": {}, "b": [], "text": "\\"\u00e9\\n\\u007f, {: }"}', '2026-11-22 07:47:20Z'),
 ('01a20239-47b8-74cf-bbb6-7207d44c7d42', 'a', '{"n": [1.10, 1e30, -0.0, 1E-7, 12345678901234567890123, 18446744073709551615, 1e-30]}', '2026-11-22 07:47:20Z'),
 ('01a20239-47b8-74cf-bbb6-7207d44c7d42', 'z', '{"long": null, "b": true, "a": "  "}', '2026-11-22 07:47:19Z');
insert into order_events (order_id, stage, redrive, entry_kind, outcome, attempt, detail, routing_key, created_at) values
 ('01a20239-47b8-74cf-bbb6-7207d44c7d42', 'enrich', 1, 'redriven', 'redriven', 1, null, null, '2026-11-22 08:00:00.5Z'),
 ('01a20239-47b8-74cf-bbb6-7207d44c7d42', 'enrich', 1, 'result', 'failed', 2, E'\u0001"why"', null, '2026-11-22 08:00:00.5Z'),
 ('01a20239-47b8-74cf-bbb6-7207d44c7d42', 'enrich', 0, 'result', 'failed', 3, '', 'order.refused', '2026-11-22 08:00:00.5Z'),
 ('01a20239-47b8-74cf-bbb6-7207d44c7d42', 'enrich', 0, 'retry', 'retry', 2, 'später', null, '2026-11-22 08:00:00.5Z'),
 ('01a20239-47b8-74cf-bbb6-7207d44c7d42', 'enrich', 0, 'retry', 'retry', 1, E'a\\b', null, '2026-11-22 07:59:59.999999Z'),
 ('01a20239-47b8-74cf-bbb6-7207d44c7d42', 'api', 0, 'accepted', 'accepted', 1, null, 'order.created', '2026-11-22 07:47:18.000001Z'))";

constexpr const char* kFullBody =
    R"({"order_id":"01a20239-47b8-74cf-bbb6-7207d44c7d42","status":"failed","workflow":"Wäsche",)"
    R"("customer_id":"a\tb\\c","items":[{"sku":"🛒'</","qty":2,"unit_price":"12.50"},)"
    R"({"sku":"{\"é\\u00e9\",NULL}","qty":1,"unit_price":"0.00"},{"sku":"","qty":9007199254740993}],)"
    R"("total":"1234567890.10","failure_reason":"no \"stock\" )"
    "\u2028\x7f"
    R"( in Łódź\n","compensation":"none","created_at":"2026-11-22T07:47:18.072500Z","updated_at":"2026-11-22T23:59:59.000000Z",)"
    R"("enrichments":{"z":{"a":"  ","b":true,"long":null},)"
    R"("a":{"n":[1.10,1000000000000000000000000000000,0.0,0.0000001,12345678901234567890123,18446744073709551615,)"
    R"(0.000000000000000000000000000001]},)"
    R"("b \"2\"":{"a":{},"b":[],"text":"\"é\n)"
    "\x7f"
    R"(, {: }"}},"timeline":[)"
    R"({"at":"2026-11-22T07:47:18.000001Z","stage":"api","outcome":"accepted","attempt":1},)"
    R"({"at":"2026-11-22T07:59:59.999999Z","stage":"enrich","outcome":"retry","attempt":1,"detail":"a\\b"},)"
    R"({"at":"2026-11-22T08:00:00.500000Z","stage":"enrich","outcome":"retry","attempt":2,"detail":"später"},)"
    R"({"at":"2026-11-22T08:00:00.500000Z","stage":"enrich","outcome":"failed","attempt":3,"event":"order.refused"},)"
    R"({"at":"2026-11-22T08:00:00.500000Z","stage":"enrich","outcome":"redriven","attempt":1,"redrive":1},)"
    R"({"at":"2026-11-22T08:00:00.500000Z","stage":"enrich","outcome":"failed","attempt":2,)"
    R"("detail":"\u0001\"why\"","redrive":1}]})";

constexpr const char* kBareBody =
    R"({"order_id":"01a20239-47b8-74cf-bbb6-7207d44c7d43","status":"pending","workflow":"","customer_id":"",)"
    R"("items":[],"created_at":"2026-11-22T07:00:00.000000Z","updated_at":"2026-11-22T07:00:00.000000Z",)"
    R"("enrichments":{},"timeline":[]})";

}  // namespace

TEST_CASE("the JSON of an order is exact to the byte") {
  TestDatabase database;
  OrderSession session(database);
  database.execute(kRows);
  const auto orders = read_orders(session, {kFull, kBare}, TerminalCheck::run);
  CHECK(to_json(orders.at(0).value()) == kFullBody);
  CHECK(to_json(orders.at(1).value()) == kBareBody);
}

TEST_CASE("the timeline shows how often a stage snoozed an order, why, and when it looks again") {
  TestDatabase database;
  OrderSession session(database);
  const auto id = esteira::test::place_order(session);
  record_one(session, esteira::test::snooze_for(id, "delivery", 0));
  record_one(session, esteira::test::snooze_for(id, "delivery", 1));
  database.execute(
      "update order_events set created_at = '2026-11-22 07:00:00Z', due_at = '2026-11-22 08:00:00Z'"
      " where entry_kind = 'snooze'");
  const auto body = to_json(*read_orders(session, {id}, TerminalCheck::skip).at(0));
  CHECK(
      body.find(R"({"at":"2026-11-22T07:00:00.000000Z","stage":"delivery","outcome":"snooze","attempt":1,"snoozes":2,)"
                R"("due_at":"2026-11-22T08:00:00.000000Z","detail":"not yet"})") != std::string::npos);
}
