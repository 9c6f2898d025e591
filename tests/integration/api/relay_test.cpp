#include <catch2/catch.hpp>
#include <future>

#include "tests/integration/api/api_fixture.hpp"
#include "tests/support/wait.hpp"

using esteira::test::ApiFixture;
using esteira::test::wait_until;

namespace {

/// Inserts an event as an API leaves it that crashed after the commit.
void insert_event(ApiFixture& fixture, const std::string& key = "order.created", const std::string& age = "1 hour") {
  fixture.database.execute(
      "insert into outbox (order_id, exchange, routing_key, body, created_at) values "
      "(gen_random_uuid(), '" +
      fixture.exchange() + "', '" + key + "', '{}', now() - interval '" + age + "')");
}

std::string outbox_depth(ApiFixture& fixture) { return fixture.database.value("select count(*) from outbox"); }

double returned(const ApiFixture& fixture) {
  return fixture.metric("esteira_publications_total{result=\"returned\"} ");
}

}  // namespace

TEST_CASE("an event is published once and deleted from the outbox") {
  ApiFixture fixture;
  REQUIRE(fixture.post(ApiFixture::small_order()).status == 202);
  REQUIRE(fixture.broker.get(fixture.queue()).has_value());
  CHECK(wait_until([&] { return outbox_depth(fixture) == "0"; }));
  CHECK(fixture.broker.count(fixture.queue()) == 0);
}

TEST_CASE("a sweep publishes events that a crash left in the outbox") {
  ApiFixture fixture;
  insert_event(fixture);
  const auto event = fixture.broker.get(fixture.queue());
  REQUIRE(event.has_value());
  CHECK(event->body == "{}");
  CHECK(wait_until([&] { return outbox_depth(fixture) == "0"; }));
}

TEST_CASE("a sweep publishes more than one batch") {
  ApiFixture fixture;
  fixture.database.execute(
      "insert into outbox (order_id, exchange, routing_key, body, created_at) "
      "select gen_random_uuid(), '" +
      fixture.exchange() + "', 'order.created', '{}', now() - interval '1 hour' from generate_series(1, 1200)");
  CHECK(wait_until([&] { return outbox_depth(fixture) == "0"; }));
  CHECK(wait_until([&] { return fixture.broker.count(fixture.queue()) == 1200; }));
}

TEST_CASE("the number of events in the outbox is measured during a long sweep") {
  ApiFixture fixture;
  fixture.database.execute(
      "insert into outbox (order_id, exchange, routing_key, body, created_at) "
      "select gen_random_uuid(), '" +
      fixture.exchange() + "', 'order.created', '{}', now() - interval '1 hour' from generate_series(1, 20000)");
  double events = 0;
  CHECK(wait_until([&] {
    events = fixture.metric("esteira_outbox_events ");
    return events > 0 && events < 20'000;
  }));
  CHECK(outbox_depth(fixture) != "0");
}

TEST_CASE("two replicas that sweep at the same time publish each event once") {
  ApiFixture fixture;
  const ApiFixture::Settings settings(fixture.environment().begin(), fixture.environment().end());
  esteira::api::Api second(esteira::runtime::Config(esteira::runtime::kApi, settings));
  second.start();
  fixture.database.execute(
      "insert into outbox (order_id, exchange, routing_key, body, created_at) "
      "select gen_random_uuid(), '" +
      fixture.exchange() + "', 'order.created', '{}', now() - interval '1 hour' from generate_series(1, 200)");
  CHECK(wait_until([&] { return outbox_depth(fixture) == "0"; }));
  CHECK(wait_until([&] { return fixture.broker.count(fixture.queue()) >= 200; }));
  CHECK(fixture.broker.count(fixture.queue()) == 200);
}

TEST_CASE("an unroutable event stays in the outbox until a queue is bound, and does not block other events") {
  ApiFixture fixture;
  const auto late_queue = fixture.queue() + ".late";
  insert_event(fixture, "order.late", "2 hours");
  insert_event(fixture);
  CHECK(fixture.broker.get(fixture.queue()).has_value());
  CHECK(outbox_depth(fixture) >= "1");
  fixture.broker.declare_queue(late_queue, fixture.exchange(), "order.late");
  CHECK(fixture.broker.get(late_queue).has_value());
  CHECK(wait_until([&] { return outbox_depth(fixture) == "0"; }));
  fixture.broker.remove_queue(late_queue);
}

TEST_CASE("many events without a queue do not hold up others, and all leave when a queue is bound") {
  ApiFixture fixture;
  const auto late_queue = fixture.queue() + ".late";
  fixture.database.execute(
      "insert into outbox (order_id, exchange, routing_key, body, created_at) select gen_random_uuid(), '" +
      fixture.exchange() + "', 'order.late', '{}', now() - interval '2 hours' from generate_series(1, 5000)");
  REQUIRE(wait_until([&] { return returned(fixture) > 0; }));
  for (int i = 0; i < 20; ++i) {
    insert_event(fixture);
    REQUIRE(fixture.broker.get(fixture.queue()).has_value());
  }
  CHECK(returned(fixture) < 5000);
  CHECK(wait_until([&] { return fixture.metric("esteira_outbox_events ") == 5000; }));
  fixture.broker.declare_queue(late_queue, fixture.exchange(), "order.late");
  CHECK(wait_until([&] { return outbox_depth(fixture) == "0"; }, std::chrono::seconds(60)));
  CHECK(wait_until([&] { return fixture.metric("esteira_outbox_events ") == 0; }));
  CHECK(fixture.broker.count(late_queue) >= 5000);
  fixture.broker.remove_queue(late_queue);
}

TEST_CASE("orders without a queue for their event do not hold up a stop") {
  ApiFixture fixture;
  fixture.broker.remove_queue(fixture.queue());
  constexpr int kOrders = 50;
  for (int i = 0; i < kOrders; ++i) REQUIRE(fixture.post(ApiFixture::small_order()).status == 202);
  REQUIRE(wait_until([&] { return returned(fixture) > 0; }));
  auto stopped = std::async(std::launch::async, [&] { fixture.api->stop(std::chrono::minutes(5)); });
  CHECK(stopped.wait_for(std::chrono::seconds(60)) == std::future_status::ready);
  CHECK(outbox_depth(fixture) == std::to_string(kOrders));
  fixture.broker.declare_queue(fixture.queue(), fixture.exchange(), "order.created");
}

TEST_CASE("the depth and age of the outbox are metrics") {
  ApiFixture fixture;
  fixture.broker_proxy.cut();
  insert_event(fixture);
  CHECK(wait_until([&] { return fixture.metric("esteira_outbox_events ") == 1; }));
  CHECK(fixture.metric("esteira_outbox_oldest_seconds ") >= 3600);
}

TEST_CASE("the number and age of dead letters are metrics by stage") {
  ApiFixture fixture;
  const auto id = ApiFixture::order_id(fixture.post(ApiFixture::small_order()));
  fixture.database.execute(
      "insert into order_events (order_id, stage, redrive, entry_kind, outcome, attempt, created_at)"
      " values ('" +
      id + "', 'enrich', 0, 'result', 'failed', 4, now() - interval '1 hour')");
  fixture.database.execute("update orders set status = 'failed', failure_reason = 'gone'");
  CHECK(wait_until([&] { return fixture.metric("esteira_failed_orders{stage=\"enrich\"} ") == 1; }));
  CHECK(fixture.metric("esteira_kept_dead_letters{stage=\"enrich\"} ") == 0);
  CHECK(fixture.metric("esteira_dead_letters_oldest_seconds{stage=\"enrich\"} ") >= 3600);
  fixture.database.execute("insert into dead_letter_messages (message_key, stage, body) values ('x', 'process', '')");
  CHECK(wait_until([&] { return fixture.metric("esteira_kept_dead_letters{stage=\"process\"} ") == 1; }));
  fixture.database.execute("update orders set status = 'processing', failure_reason = null");
  CHECK(wait_until([&] { return fixture.metric("esteira_failed_orders{stage=\"enrich\"} ") == 0; }));
  CHECK(fixture.metric("esteira_dead_letters_oldest_seconds{stage=\"enrich\"} ") == 0);
}
