#include <catch2/catch.hpp>

#include "tests/integration/api/api_fixture.hpp"
#include "tests/support/wait.hpp"

using esteira::test::ApiFixture;
using esteira::test::wait_until;

namespace {

/// What an API that crashed after its commit leaves behind.
void leave_event(ApiFixture& fixture, const std::string& key = "order.created", const std::string& age = "1 hour") {
  fixture.database.execute(
      "insert into outbox (order_id, exchange, routing_key, body, created_at) values "
      "(gen_random_uuid(), '" +
      fixture.exchange() + "', '" + key + "', '{}', now() - interval '" + age + "')");
}

std::string waiting_events(ApiFixture& fixture) { return fixture.database.value("select count(*) from outbox"); }

}  // namespace

TEST_CASE("a published event leaves the outbox, and is published once") {
  ApiFixture fixture;
  REQUIRE(fixture.post(ApiFixture::small_order()).status == 202);
  REQUIRE(fixture.broker.get(fixture.queue()).has_value());
  CHECK(wait_until([&] { return waiting_events(fixture) == "0"; }));
  CHECK(fixture.broker.count(fixture.queue()) == 0);
}

TEST_CASE("a sweep publishes what a crash left behind") {
  ApiFixture fixture;
  leave_event(fixture);
  const auto event = fixture.broker.get(fixture.queue());
  REQUIRE(event.has_value());
  CHECK(event->body == "{}");
  CHECK(wait_until([&] { return waiting_events(fixture) == "0"; }));
}

TEST_CASE("a sweep takes more than one batch") {
  ApiFixture fixture;
  fixture.database.execute(
      "insert into outbox (order_id, exchange, routing_key, body, created_at) "
      "select gen_random_uuid(), '" +
      fixture.exchange() + "', 'order.created', '{}', now() - interval '1 hour' from generate_series(1, 1200)");
  CHECK(wait_until([&] { return waiting_events(fixture) == "0"; }));
  CHECK(wait_until([&] { return fixture.broker.count(fixture.queue()) == 1200; }));
}

TEST_CASE("two replicas that sweep together publish each event once") {
  ApiFixture fixture;
  const ApiFixture::Settings settings(fixture.environment().begin(), fixture.environment().end());
  esteira::api::Api second(esteira::runtime::Config(esteira::runtime::kApi, settings));
  second.start();
  fixture.database.execute(
      "insert into outbox (order_id, exchange, routing_key, body, created_at) "
      "select gen_random_uuid(), '" +
      fixture.exchange() + "', 'order.created', '{}', now() - interval '1 hour' from generate_series(1, 200)");
  CHECK(wait_until([&] { return waiting_events(fixture) == "0"; }));
  CHECK(wait_until([&] { return fixture.broker.count(fixture.queue()) >= 200; }));
  CHECK(fixture.broker.count(fixture.queue()) == 200);
}

TEST_CASE("an event that no queue takes waits in the outbox until one does, and hides no other") {
  ApiFixture fixture;
  const auto late_queue = fixture.queue() + ".late";
  leave_event(fixture, "order.late", "2 hours");
  leave_event(fixture);
  CHECK(fixture.broker.get(fixture.queue()).has_value());
  CHECK(waiting_events(fixture) >= "1");
  fixture.broker.declare_queue(late_queue, fixture.exchange(), "order.late");
  CHECK(fixture.broker.get(late_queue).has_value());
  CHECK(wait_until([&] { return waiting_events(fixture) == "0"; }));
  fixture.broker.remove_queue(late_queue);
}

TEST_CASE("the outbox's depth and age are metrics") {
  ApiFixture fixture;
  fixture.broker_proxy.cut();
  leave_event(fixture);
  CHECK(wait_until([&] { return fixture.metric("esteira_outbox_events ") == 1; }));
  CHECK(fixture.metric("esteira_outbox_oldest_seconds ") >= 3600);
}
