#include <catch2/catch.hpp>
#include <future>
#include <numeric>
#include <set>

#include "runtime/logging/trace.hpp"
#include "runtime/text/uuid.hpp"
#include "tests/integration/orders/order_fixture.hpp"
#include "tests/support/wait.hpp"

namespace {

using esteira::runtime::orders::delete_published;
using esteira::runtime::orders::outbox_depth;
using esteira::runtime::orders::OutboxEvent;
using esteira::runtime::orders::store_orders;
using esteira::runtime::orders::sweep_outbox;
using esteira::test::new_order;
using esteira::test::NewOrder;
using esteira::test::OrderSession;

using Indices = std::vector<std::size_t>;

Indices all_of(const std::vector<OutboxEvent>& events) {
  Indices indices(events.size());
  std::iota(indices.begin(), indices.end(), 0U);
  return indices;
}

struct Outbox {
  esteira::test::TestDatabase database;
  OrderSession session{database};
  std::vector<NewOrder> orders = store_ten();

  std::vector<NewOrder> store_ten() {
    std::vector<NewOrder> batch;
    batch.reserve(10);
    for (int i = 0; i < 10; ++i) batch.push_back(new_order());
    store_orders(session, batch);
    return batch;
  }
};

}  // namespace

TEST_CASE_METHOD(Outbox, "a sweep publishes waiting events and deletes the confirmed ones") {
  std::set<std::string> bodies;
  const auto taken = sweep_outbox(session, 4, 0, [&](const std::vector<OutboxEvent>& events) {
    for (const auto& event : events) bodies.insert(event.body);
    return Indices{0, 2};
  });
  CHECK(taken == 4);
  CHECK(bodies.size() == 4);
  CHECK(outbox_depth(session).events == 8);
}

TEST_CASE_METHOD(Outbox, "a sweep leaves young events to the relay") {
  CHECK(sweep_outbox(session, 100, 3600, all_of) == 0);
  CHECK(outbox_depth(session).events == 10);
}

TEST_CASE_METHOD(Outbox, "a sweep whose publish throws leaves the outbox unchanged") {
  CHECK_THROWS_AS(
      sweep_outbox(session, 100, 0, [](const std::vector<OutboxEvent>&) -> Indices { throw std::runtime_error("no"); }),
      std::runtime_error);
  CHECK(outbox_depth(session).events == 10);
}

TEST_CASE_METHOD(Outbox, "concurrent sweeps never publish the same event") {
  std::vector<std::string> seen;
  sweep_outbox(session, 6, 0, [&](const std::vector<OutboxEvent>& mine) {
    for (const auto& event : mine) seen.push_back(event.order_id);
    OrderSession replica(database);
    sweep_outbox(replica, 100, 0, [&](const std::vector<OutboxEvent>& theirs) {
      for (const auto& event : theirs) seen.push_back(event.order_id);
      return all_of(theirs);
    });
    return all_of(mine);
  });
  CHECK(seen.size() == 10);
  CHECK(std::set(seen.begin(), seen.end()).size() == 10);
  CHECK(outbox_depth(session).events == 0);
}

TEST_CASE_METHOD(Outbox, "deleting confirmed events twice is harmless") {
  std::vector<OutboxEvent> events;
  for (const auto& order : orders) events.push_back(order.event);
  events.pop_back();
  delete_published(session, events);
  delete_published(session, events);
  CHECK(outbox_depth(session).events == 1);
  CHECK(database.value("select order_id from outbox") == orders.back().order.order_id);
}

TEST_CASE_METHOD(Outbox, "outbox_depth reports the age of the oldest event") {
  database.execute("update outbox set created_at = now() - interval '1 hour' where order_id = '" +
                   orders.front().order.order_id + "'");
  const auto depth = outbox_depth(session);
  CHECK(depth.events == 10);
  CHECK(depth.oldest_seconds > 3599);
  database.execute("delete from outbox");
  CHECK(outbox_depth(session).oldest_seconds == 0);
}

namespace {

constexpr const char* kOutboxSessions =
    "select count(*) from pg_stat_activity where application_name = 'test' and datname = current_database()";

/// How many entries of the primary key were read. PostgreSQL counts them at the end of the session that read them.
int entries_read(esteira::test::TestDatabase& database) {
  REQUIRE(esteira::test::wait_until([&] { return database.value(kOutboxSessions) == "0"; }));
  return std::stoi(database.value("select idx_tup_read from pg_stat_user_indexes where indexrelname = 'outbox_pk'"));
}

}  // namespace

TEST_CASE("events are deleted through the primary key, however much the outbox grew since the plan was made") {
  esteira::test::TestDatabase database;
  const OutboxEvent event{esteira::runtime::random_uuid(), "orders", "order.created", 0, "", "{}"};
  {
    OrderSession session(database);
    database.execute("vacuum analyze outbox");
    for (int i = 0; i < 10; ++i) delete_published(session, {event});
    database.execute(
        "insert into outbox select gen_random_uuid(), 'orders', 'k', 0, '', '{}' from generate_series(1, 5000)");
    delete_published(session, {event});
  }
  CHECK(entries_read(database) < 100);
}

TEST_CASE("a sweep takes the events of the oldest orders first, and reads no others, however much the outbox grew") {
  esteira::test::TestDatabase database;
  std::vector<std::string> taken;
  {
    OrderSession session(database);
    database.execute("vacuum analyze outbox");
    for (int i = 0; i < 10; ++i) sweep_outbox(session, 10, 0, all_of);
    database.execute(
        "insert into outbox select lpad(i::text, 32, '0')::uuid, 'orders', 'k', 0, '', '{}', now() - interval '1 s'"
        " from generate_series(5000, 1, -1) i");
    sweep_outbox(session, 3, 0, [&](const std::vector<OutboxEvent>& events) {
      for (const auto& event : events) taken.push_back(event.order_id.substr(34));
      return all_of(events);
    });
  }
  CHECK(taken == std::vector<std::string>{"01", "02", "03"});
  CHECK(entries_read(database) < 100);
}
