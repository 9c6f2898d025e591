#include "host/receiver.hpp"

#include <catch2/catch.hpp>

#include "runtime/orders/envelope/envelope.hpp"

using esteira::host::HostMetrics;
using esteira::host::InFlight;
using esteira::host::JobPtr;
using esteira::host::Receiver;
using esteira::host::StageOptions;
using esteira::runtime::amqp::Delivery;

namespace {

/// A receiver that records the route of each job.
struct ReceiverFixture {
  ReceiverFixture() { options.stage = "enrich"; }

  void receive(Delivery delivery) { receiver.receive(std::vector{std::move(delivery)}); }

  StageOptions options;
  InFlight in_flight;
  esteira::runtime::Metrics metrics;
  HostMetrics host_metrics{metrics, "enrich"};
  std::vector<std::string> routes;
  JobPtr last;
  Receiver receiver{
      options,
      in_flight,
      host_metrics,
      {.fresh =
           [this](const std::vector<JobPtr>& jobs) {
             for (const auto& job : jobs) take("fresh", job);
           },
       .known = [this](const JobPtr& job) { take("known", job); },
       .malformed = [this](const JobPtr& job, const std::string& why) { take("malformed " + why, job); }}};

 private:
  void take(const std::string& route, const JobPtr& job) {
    routes.push_back(route);
    last = job;
  }
};

Delivery delivery_of(std::uint64_t tag) {
  esteira::Message order;
  order.order_id = "7b0f1c5e-6d6f-4c39-9df3-0d2f3a1b2c3d";
  order.customer_id = "c";
  order.items = {{"ABC", 1, {}}};
  Delivery delivery;
  delivery.id = {1, tag};
  delivery.body = esteira::runtime::orders::write_envelope(order);
  delivery.properties.type = "order.enrichment.requested";
  delivery.properties.message_id = "id-" + std::to_string(tag);
  return delivery;
}

}  // namespace

TEST_CASE("a fresh message goes to the executor with its attempt, event and message id") {
  ReceiverFixture fixture;
  fixture.receive(delivery_of(1));
  REQUIRE(fixture.routes == std::vector<std::string>{"fresh"});
  CHECK(fixture.last->message.stage == "enrich");
  CHECK(fixture.last->message.attempt == 1);
  CHECK(fixture.last->message_id == "id-1");
  CHECK(fixture.last->event == "order.enrichment.requested");
}

TEST_CASE("each message of one read takes its own route") {
  ReceiverFixture fixture;
  std::vector<Delivery> deliveries;
  for (std::uint64_t tag = 1; tag <= 4; ++tag) deliveries.push_back(delivery_of(tag));
  deliveries[1].properties.attempt = 2;  // each is another message
  deliveries[1].redelivered = true;
  deliveries[2].body = "not json";
  deliveries[3].properties.redrive = 4;
  fixture.receiver.receive(std::move(deliveries));
  REQUIRE(fixture.routes.size() == 4);
  CHECK(fixture.routes[0] == "known");
  CHECK(fixture.routes[2] == "known");
  CHECK(fixture.routes[3] == "fresh");
}

TEST_CASE("a message that waited goes to the inbox, because its order may be cancelled") {
  ReceiverFixture fixture;
  auto delivery = delivery_of(1);
  SECTION("after a retry") { delivery.properties.attempt = 2; }
  SECTION("after a snooze") { delivery.properties.snoozes = 1; }
  SECTION("after a redrive") { delivery.properties.redrive = 1; }
  fixture.receive(std::move(delivery));
  CHECK(fixture.routes == std::vector<std::string>{"known"});
  CHECK_FALSE(fixture.last->is_redelivered);
}

TEST_CASE("a redelivered message goes to the inbox") {
  ReceiverFixture fixture;
  auto delivery = delivery_of(1);
  delivery.redelivered = true;
  fixture.receive(std::move(delivery));
  CHECK(fixture.routes == std::vector<std::string>{"known"});
  CHECK(fixture.last->is_redelivered);
}

TEST_CASE("however often the broker delivered a message, that alone does not fail it") {
  ReceiverFixture fixture;
  auto delivery = delivery_of(1);
  delivery.delivery_count = 1000 * fixture.options.delivery_limit;
  fixture.receive(std::move(delivery));
  CHECK(fixture.routes == std::vector<std::string>{"known"});
}

TEST_CASE("a message that is not an order is malformed, with the reason") {
  ReceiverFixture fixture;
  auto delivery = delivery_of(1);
  delivery.body = "not json";
  fixture.receive(std::move(delivery));
  REQUIRE(fixture.routes.size() == 1);
  CHECK(fixture.routes.front().rfind("malformed ", 0) == 0);
  CHECK(fixture.routes.front().size() > 15);
  CHECK(fixture.last->body == "not json");
}

TEST_CASE("a redelivery of a message in flight makes no second job") {
  ReceiverFixture fixture;
  fixture.receive(delivery_of(1));
  auto again = delivery_of(2);
  again.redelivered = true;
  fixture.receive(std::move(again));
  CHECK(fixture.routes.size() == 1);
  CHECK(fixture.in_flight.finish({fixture.last->token}).size() == 2);
}

TEST_CASE("the message that follows a snooze is another one than the message that was snoozed") {
  ReceiverFixture fixture;
  fixture.receive(delivery_of(1));
  auto next = delivery_of(2);
  next.properties.snoozes = 1;
  next.properties.snoozed_since = 1'700'000'000'123;
  fixture.receive(std::move(next));
  REQUIRE(fixture.routes == std::vector<std::string>{"fresh", "known"});
  CHECK(fixture.last->snoozes == 1);
  CHECK(fixture.last->snoozed_since == 1'700'000'000'123);
}
