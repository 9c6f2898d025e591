#include "runtime/orders/store/order_store.hpp"

#include <catch2/catch.hpp>
#include <future>
#include <set>

#include "runtime/orders/envelope/envelope.hpp"
#include "tests/integration/orders/order_fixture.hpp"

namespace {

using esteira::Money;
using esteira::runtime::orders::prune_idempotency_keys;
using esteira::runtime::orders::store_orders;
using esteira::test::new_order;
using esteira::test::NewOrder;
using esteira::test::OrderSession;
using esteira::test::small_order;
using esteira::test::StoreResult;
using StoreStatus = StoreResult::Status;

struct OrderStore {
  esteira::test::TestDatabase database;
  OrderSession session{database};

  std::string count(const std::string& table) { return database.value("select count(*) from " + table); }
};

}  // namespace

TEST_CASE_METHOD(OrderStore, "an order is stored with its items, its accepted entry and its first event") {
  auto wanted = small_order();
  wanted.items = {{"A \"B\"", 3, Money{250}}, {"C", 1, {}}};
  wanted.total = Money{750};
  wanted.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const auto order = new_order("", 'h', wanted);
  const auto stored = store_orders(session, {order}).at(0);
  CHECK(stored.status == StoreStatus::created);
  CHECK(stored.order_id == order.order.order_id);
  CHECK(database.value("select status || ' ' || total_amount from orders") == "pending 7.50");
  CHECK(database.value("select string_agg(concat_ws(' ', line, sku, qty, unit_price), ',' order by line)"
                       " from order_items") == "1 A \"B\" 3 2.50,2 C 1");
  CHECK(database.value("select stage || ' ' || outcome from order_events") == "api accepted");
  CHECK(database.value("select body from outbox") == order.event.body);
  CHECK(database.value("select traceparent from outbox") == order.order.traceparent);
  CHECK(esteira::runtime::orders::read_envelope(order.event.body).items.size() == 2);
}

TEST_CASE_METHOD(OrderStore, "a repeated idempotency key with the same request returns the first order") {
  const auto first = store_orders(session, {new_order("k")}).at(0);
  const auto again = store_orders(session, {new_order("k")}).at(0);
  CHECK(again.status == StoreStatus::replayed);
  CHECK(again.order_id == first.order_id);
  CHECK(count("orders") == "1");
  CHECK(count("outbox") == "1");
  CHECK(count("order_items") == "2");
}

TEST_CASE_METHOD(OrderStore, "a repeated idempotency key with another request is a conflict") {
  store_orders(session, {new_order("k", 'a')});
  CHECK(store_orders(session, {new_order("k", 'b')}).at(0).status == StoreStatus::conflict);
  CHECK(count("orders") == "1");
}

TEST_CASE_METHOD(OrderStore, "of requests with one key in a batch the first creates the order") {
  const std::vector<NewOrder> batch = {new_order("k", 'a'), new_order(), new_order("k", 'b'), new_order("k", 'a')};
  const auto stored = store_orders(session, batch);
  CHECK(stored[0].status == StoreStatus::created);
  CHECK(stored[1].status == StoreStatus::created);
  CHECK(stored[2].status == StoreStatus::conflict);
  CHECK(stored[3].status == StoreStatus::replayed);
  CHECK(stored[3].order_id == batch[0].order.order_id);
  CHECK(count("orders") == "2");
}

TEST_CASE_METHOD(OrderStore, "a batch repeated after InDoubt creates its orders once") {
  const std::vector<NewOrder> batch = {new_order("k"), new_order(), new_order("k")};
  store_orders(session, batch);
  const auto again = store_orders(session, batch);
  CHECK(again[0].status == StoreStatus::created);
  CHECK(again[1].status == StoreStatus::created);
  CHECK(again[2].status == StoreStatus::replayed);
  CHECK(count("orders") == "2");
  CHECK(count("order_items") == "4");
}

TEST_CASE_METHOD(OrderStore, "concurrent sessions with one key create one order and all return it") {
  std::vector<std::future<StoreResult>> clients;
  clients.reserve(20);
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::async(std::launch::async, [this] {
      OrderSession own(database);
      return store_orders(own, {new_order("k"), new_order()}).at(0);
    }));
  }
  std::set<std::string> named;
  int created = 0;
  for (auto& client : clients) {
    const auto stored = client.get();
    named.insert(stored.order_id);
    if (stored.status == StoreStatus::created) ++created;
  }
  CHECK(created == 1);
  CHECK(named.size() == 1);
  CHECK(count("orders") == "21");
}

TEST_CASE_METHOD(OrderStore, "sessions whose batches share many keys do not deadlock") {
  std::vector<std::future<void>> clients;
  clients.reserve(4);
  for (int client = 0; client < 4; ++client) {
    clients.push_back(std::async(std::launch::async, [this, client] {
      OrderSession own(database);
      for (int round = 0; round < 5; ++round) {
        std::vector<NewOrder> batch;
        for (int i = 0; i < 40; ++i) {
          const int number = client % 2 == 0 ? i : 39 - i;
          batch.push_back(new_order("k" + std::to_string(round) + "-" + std::to_string(number)));
        }
        store_orders(own, batch);
      }
    }));
  }
  for (auto& client : clients) client.get();
  CHECK(count("orders") == "200");
  CHECK(database.value("select deadlocks from pg_stat_database where datname = current_database()") == "0");
}

TEST_CASE_METHOD(OrderStore, "old idempotency keys are pruned, at most the limit at once") {
  store_orders(session, {new_order("old"), new_order("older"), new_order("new")});
  database.execute("update idempotency_keys set created_at = now() - interval '2 days' where key <> 'new'");
  CHECK(prune_idempotency_keys(session, 86'400, 1) == 1);
  CHECK(prune_idempotency_keys(session, 86'400, 10) == 1);
  CHECK(database.value("select string_agg(key, ',') from idempotency_keys") == "new");
}
