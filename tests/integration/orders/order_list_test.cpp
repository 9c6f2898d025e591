#include "runtime/orders/store/order_list.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/integration/orders/order_fixture.hpp"

namespace {

using esteira::runtime::parse_rfc3339;
using esteira::runtime::orders::kMaxOrdersRead;
using esteira::runtime::orders::list_orders;
using esteira::runtime::orders::OrderFilter;
using esteira::runtime::orders::OrderPage;
using esteira::runtime::orders::prepare_order_list;
using esteira::runtime::orders::UnknownStatus;
using esteira::test::TestDatabase;

struct Lists {
  TestDatabase database;
  esteira::runtime::postgres::Session session{database.url(), "test", prepare_order_list};

  /// `count` orders that are taken a second apart, in groups of three at one time. The last is the newest.
  void fill(int count, const std::string& customer = "'c' || i % 10") {
    database.execute(
        "insert into orders (id, workflow, customer_id, created_at)"
        " select (lpad(to_hex(1767225600000 + i / 3 * 1000), 12, '0') || '7' || substr(md5(i::text), 1, 19))::uuid,"
        " 'default', " +
        customer + ", timestamptz '2026-01-01T00:00:00.5Z' + (i / 3) * interval '1 second' from generate_series(0, " +
        std::to_string(count - 1) + ") i");
  }

  std::vector<std::string> walk(const OrderFilter& filter, std::size_t limit) {
    std::vector<std::string> ids;
    std::string after;
    do {
      const auto page = list_orders(session, filter, after, limit);
      CHECK(page.orders.size() <= limit);
      for (const auto& order : page.orders) ids.push_back(order.order_id);
      after = page.next;
    } while (!after.empty());
    return ids;
  }

  std::string ids_in_order(const std::string& condition = "true") {
    return database.value("select string_agg(id::text, ' ' order by id desc) from orders where " + condition);
  }

  /// The plan of a prepared statement, whatever its parameters are.
  std::string plan_of(const std::string& statement) {
    std::string plan;
    session.read([&](pqxx::transaction_base& work) {
      work.exec("set plan_cache_mode = force_generic_plan");
      for (const auto& row : work.exec("explain execute " + statement)) plan.append(row[0].c_str()).append("\n");
    });
    return plan;
  }
};

std::string joined(const std::vector<std::string>& ids) {
  std::string text;
  for (const auto& id : ids) text.append(text.empty() ? "" : " ").append(id);
  return text;
}

constexpr auto kStartOfList =
    "('ffffffff-ffff-ffff-ffff-ffffffffffff', '00000000-0000-0000-0000-000000000000', null, '', '', '', 21";

}  // namespace

TEST_CASE_METHOD(Lists, "a list has every order once, newest first, whatever the size of its pages") {
  fill(25);
  const auto expected = ids_in_order();
  for (const std::size_t limit : {1U, 2U, 5U, 24U, 25U, 26U, 100U}) {
    CAPTURE(limit);
    CHECK(joined(walk({}, limit)) == expected);
  }
}

TEST_CASE_METHOD(Lists, "an empty list has no next page") {
  const auto page = list_orders(session, {}, "", 20);
  CHECK(page.orders.empty());
  CHECK(page.next.empty());
}

TEST_CASE_METHOD(Lists, "a list shows what an order is") {
  database.execute(
      "insert into orders (id, workflow, customer_id, status, total_amount, created_at, updated_at) values"
      " ('01a223e2-056a-76a4-ae61-109cf5345cc0', 'checkout', 'é', 'paid', 12.5, '2026-01-01T00:00:00.5Z', 'infinity')");
  const auto order = list_orders(session, {}, "", 20).orders.at(0);
  CHECK(order.order_id == "01a223e2-056a-76a4-ae61-109cf5345cc0");
  CHECK(order.workflow == "checkout");
  CHECK(order.customer_id == "é");
  CHECK(order.status == "paid");
  CHECK(order.total.value().text() == "12.50");
  CHECK(order.created_at == "2026-01-01T00:00:00.500000Z");
  CHECK(order.updated_at.empty());
}

TEST_CASE_METHOD(Lists, "each filter of a list leaves out what does not match") {
  fill(30);
  database.execute("update orders set status = 'paid' where customer_id = 'c3'");
  database.execute("update orders set workflow = 'checkout' where customer_id in ('c3', 'c4')");
  database.execute("update orders set client = 'shop' where customer_id in ('c4', 'c5')");
  OrderFilter filter;
  std::string condition;
  SECTION("customer") {
    filter.customer_id = "c3";
    condition = "customer_id = 'c3'";
  }
  SECTION("a customer whose id is the beginning of others") {
    filter.customer_id = "c";
    condition = "customer_id = 'c'";
  }
  SECTION("status") {
    filter.status = "paid";
    condition = "status = 'paid'";
  }
  SECTION("workflow") {
    filter.workflow = "checkout";
    condition = "workflow = 'checkout'";
  }
  SECTION("client") {
    filter.client = "shop";
    condition = "client = 'shop'";
  }
  SECTION("time of creation") {
    filter.created_after = parse_rfc3339("2026-01-01T00:00:05Z");
    condition = "created_at > '2026-01-01T00:00:05Z'";
  }
  SECTION("all of them") {
    filter = {"c4", "pending", "checkout", "shop", parse_rfc3339("2026-01-01T00:00:02Z")};
    condition = "customer_id = 'c4' and created_at > '2026-01-01T00:00:02Z'";
  }
  CHECK(joined(walk(filter, 2)) == ids_in_order(condition));
}

TEST_CASE_METHOD(Lists, "an unknown status is refused with those that the database has") {
  try {
    list_orders(session, {"", "lost", "", "", {}}, "", 20);
    FAIL("it was accepted");
  } catch (const UnknownStatus& error) {
    CHECK(joined(error.known()) ==
          database.value("select string_agg(s::text, ' ' order by s) from unnest(enum_range(null::order_status)) s"));
  }
}

TEST_CASE_METHOD(Lists, "a page in which hardly anything matches ends early, and the list goes on behind it") {
  const auto read = static_cast<int>(kMaxOrdersRead);
  fill(read * 2 + 5000);
  database.execute(
      "update orders set workflow = 'rare' where id in"
      " ((select id from orders order by id limit 1),"
      "  (select id from orders order by id limit 1 offset 16000),"
      "  (select id from orders order by id limit 1 offset 15000))");
  OrderFilter filter;
  filter.workflow = "rare";
  const auto first = list_orders(session, filter, "", 20);
  CHECK(first.orders.size() == 2);
  REQUIRE_FALSE(first.next.empty());
  CHECK(joined(walk(filter, 20)) == ids_in_order("workflow = 'rare'"));
  CHECK(joined(walk(filter, 1)) == ids_in_order("workflow = 'rare'"));
}

TEST_CASE_METHOD(Lists, "a list that is read while orders come and change has each earlier order once") {
  fill(300);
  const auto before = walk({}, 100);
  std::vector<std::string> seen;
  std::string after;
  do {
    const auto page = list_orders(session, {}, after, 7);
    for (const auto& order : page.orders) seen.push_back(order.order_id);
    after = page.next;
    database.execute("insert into orders (id, workflow, customer_id) values ('" + esteira::runtime::ordered_uuid() +
                     "', 'default', 'new')");
    database.execute("update orders set status = 'processing', updated_at = now() where customer_id = 'c1'");
  } while (!after.empty());
  CHECK(joined(seen) == joined(before));
}

TEST_CASE_METHOD(Lists, "an order whose time of creation cannot be shown is listed without it") {
  fill(3);
  database.execute(
      "insert into orders (id, workflow, customer_id, created_at) values"
      " (gen_random_uuid(), 'default', 'c', 'infinity'), (gen_random_uuid(), 'default', 'c', '-infinity'),"
      " (gen_random_uuid(), 'default', 'c', '10001-01-01'), (gen_random_uuid(), 'default', 'c', '0044-01-01 BC')");
  CHECK(walk({}, 2).size() == 7);
  for (const auto& order : list_orders(session, {"c", "", "", "", {}}, "", 20).orders) CHECK(order.created_at.empty());
}

TEST_CASE_METHOD(Lists, "a list of the orders since a time reads no older ones, but those that were queued meanwhile") {
  fill(1000);
  OrderFilter filter;
  filter.created_after = parse_rfc3339("2026-01-01T00:05:20Z");
  CHECK(joined(walk(filter, 100)) == ids_in_order("created_at > '2026-01-01T00:05:20Z'"));
  database.execute("update orders set created_at = created_at + interval '4 minutes'");
  CHECK(joined(walk(filter, 100)) == ids_in_order("created_at > '2026-01-01T00:05:20Z'"));
  database.execute("update orders set created_at = '2026-06-01T00:00:00Z'");
  CHECK(walk(filter, 100).size() < 1000);
}

TEST_CASE_METHOD(Lists,
                 "a page is read from an index and nothing is sorted, also when it was planned with empty tables") {
  const auto check_plans = [this] {
    list_orders(session, {}, "", 20);  // prepares the statements
    list_orders(session, {"c1", "", "", "", {}}, "", 20);
    const auto all = plan_of(std::string("order_list") + kStartOfList + ")");
    CAPTURE(all);
    CHECK(all.find("Index Scan Backward using orders_pk") != std::string::npos);
    CHECK(all.find("Sort") == std::string::npos);
    CHECK(all.find("Seq Scan") == std::string::npos);
    const auto of_customer = plan_of(std::string("order_list_of_customer") + kStartOfList + ", 'c1')");
    CAPTURE(of_customer);
    CHECK(of_customer.find("Index Scan Backward using orders_customer") != std::string::npos);
    CHECK(of_customer.find("orders_pk") == std::string::npos);
    CHECK(of_customer.find("Sort") == std::string::npos);
  };
  check_plans();
  SECTION("many customers") { fill(30'000, "'c' || i"); }
  SECTION("one customer") { fill(30'000, "'c1'"); }
  database.execute("analyze orders");
  check_plans();
}

TEST_CASE_METHOD(Lists, "an update of an order writes to no index") {
  fill(100);
  database.execute("create table updates (cheap bigint, made bigint)");
  database.execute(
      "do $$ begin"
      " update orders set status = 'paid', total_amount = 1, updated_at = now() where customer_id = 'c1';"
      " insert into updates select pg_stat_get_xact_tuples_hot_updated('orders'::regclass),"
      "                            pg_stat_get_xact_tuples_updated('orders'::regclass);"
      " end $$");
  CHECK(database.value("select cheap from updates") == "10");
  CHECK(database.value("select made from updates") == "10");
}
