#include "runtime/orders/operations/prune.hpp"

#include <catch2/catch.hpp>

#include "runtime/orders/store/order_store.hpp"
#include "tests/integration/cli/cli_fixture.hpp"

using esteira::test::CliFixture;
using nlohmann::json;

namespace {

std::size_t prune(CliFixture& fixture, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments{"prune", "--older-than", "30m", "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const auto ended = fixture.cli(arguments);
  CAPTURE(ended.output);
  REQUIRE(ended.code == 0);
  return json::parse(ended.output).at("orders");
}

std::string orders(CliFixture& fixture) { return fixture.database().value("select count(*) from orders"); }

std::string old_completed(CliFixture& fixture) {
  auto id = fixture.completed();
  fixture.age(id);
  return id;
}

/// An old completed order, stored as the API does. Returns its id.
std::string store_old_completed(CliFixture& fixture, esteira::runtime::orders::NewOrder order) {
  auto id = esteira::test::store_orders(fixture.session(), {std::move(order)}).at(0).order_id;
  fixture.database().execute("delete from outbox");
  fixture.done(id, "enrich", "", "order.enriched", "{}");
  fixture.done(id, "finalize", "completed", "order.completed");
  fixture.age(id);
  return id;
}

void register_finalize(CliFixture& fixture, const std::string& key) {
  fixture.database().execute("insert into registered_stages (exchange, stage, retry_delays, binding_keys) values ('" +
                             fixture.exchange() + "', 'listener', '{}', array['" + key + "'])");
}

}  // namespace

TEST_CASE("prune keeps an order while a message is scheduled for it") {
  using namespace std::chrono_literals;
  CliFixture fixture;
  const auto id = old_completed(fixture);
  esteira::test::record_one(fixture.session(), esteira::test::snooze_for(id, "notify", 0, 1h, fixture.exchange()));
  fixture.age(id);
  CHECK(prune(fixture) == 0);
  fixture.database().execute("delete from scheduled_messages");
  CHECK(prune(fixture) == 1);
}

TEST_CASE("prune deletes an old completed order whole, and the audit stays clean") {
  CliFixture fixture;
  const auto id = store_old_completed(fixture, esteira::test::new_order("a key"));
  const auto recent = fixture.completed();
  CHECK(prune(fixture, {"--dry-run"}) == 1);
  CHECK(orders(fixture) == "2");
  CHECK(prune(fixture) == 1);
  CHECK(fixture.database().value("select id from orders") == recent);
  for (const auto* table : {"order_items", "order_enrichments", "order_events", "idempotency_keys"}) {
    CHECK(fixture.database().value(std::string("select count(*) from ") + table + " where order_id = '" + id + "'") ==
          "0");
  }
  CHECK(fixture.audit().at("clean") == true);
  CHECK(prune(fixture) == 0);
}

TEST_CASE("prune keeps an order that is on its way, that can be redriven, or that has a kept message") {
  CliFixture fixture;
  SECTION("unfinished") { fixture.age(fixture.place()); }
  SECTION("failed") { fixture.age(fixture.failed_with_dead_letter()); }
  SECTION("with an event in the outbox") {
    const auto id = old_completed(fixture);
    fixture.database().execute("insert into outbox (order_id, exchange, routing_key, body) values ('" + id +
                               "', 'x', 'y', '{}')");
  }
  SECTION("with a kept message") {
    const auto id = old_completed(fixture);
    fixture.database().execute(
        "insert into dead_letter_messages (message_key, stage, order_id, body) values ('x', 's', '" + id + "', '')");
  }
  SECTION("with a recent entry in its timeline") {
    const auto id = old_completed(fixture);
    fixture.database().execute("update order_events set created_at = now() where stage = 'enrich'");
  }
  SECTION("that a stage may still receive") {
    old_completed(fixture);
    const auto queue = fixture.queue("listener");
    fixture.declare(queue);
    fixture.broker().publish("", queue, "{}");
    register_finalize(fixture, GENERATE("order.completed", "order.#"));
  }
  CHECK(prune(fixture) == 0);
  CHECK(orders(fixture) == "1");
}

TEST_CASE("prune deletes an order whose event no waiting stage can have") {
  CliFixture fixture;
  old_completed(fixture);
  SECTION("the stage's queues are empty") { register_finalize(fixture, "order.completed"); }
  SECTION("the stage consumes another event") {
    const auto queue = fixture.queue("listener");
    fixture.declare(queue);
    fixture.broker().publish("", queue, "{}");
    register_finalize(fixture, "order.cancelled");
  }
  CHECK(prune(fixture) == 1);
}

TEST_CASE("prune deletes a failed order after its dead letter was purged") {
  CliFixture fixture;
  const auto id = fixture.failed_with_dead_letter();
  REQUIRE(fixture.cli({"dlq", "purge", "--yes"}).code == 0);
  fixture.age(id);
  CHECK(prune(fixture) == 1);
}

TEST_CASE("prune skips an order that another session has locked") {
  CliFixture fixture;
  old_completed(fixture);
  old_completed(fixture);
  pqxx::connection connection(fixture.database().url());
  pqxx::work holder(connection);
  holder.exec("select id from orders order by id limit 1 for update");
  CHECK(prune(fixture) == 1);
  holder.commit();
  CHECK(prune(fixture) == 1);
}

TEST_CASE("prune finds old orders behind recent ones when ids do not begin with the time") {
  CliFixture fixture;
  auto order = esteira::test::new_order();
  order.order.order_id = "ffffffff-0000-4000-8000-000000000001";
  store_old_completed(fixture, order);
  const auto recent = fixture.completed();
  esteira::runtime::orders::OrderPruner pruner(fixture.session(), std::chrono::minutes(30), {}, {});
  std::size_t pruned = 0;
  while (!pruner.at_end()) pruned += pruner.delete_page(1);
  CHECK(pruned == 1);
  CHECK(fixture.database().value("select id from orders") == recent);
}

TEST_CASE("prune works through many orders in pages, and needs an age") {
  CliFixture fixture;
  for (int i = 0; i < 5; ++i) old_completed(fixture);
  esteira::runtime::orders::OrderPruner pruner(fixture.session(), std::chrono::minutes(30), {}, {});
  CHECK(pruner.delete_page(2) == 2);
  CHECK(pruner.delete_page(2) == 2);
  CHECK_FALSE(pruner.at_end());
  CHECK(pruner.delete_page(2) == 1);
  CHECK(pruner.delete_page(2) == 0);
  CHECK(pruner.at_end());
  CHECK(fixture.cli({"prune"}).code == 2);
}
