#include "runtime/amqp/consumer.hpp"

#include <atomic>
#include <catch2/catch.hpp>

#include "tests/integration/amqp/delivery_log.hpp"
#include "tests/integration/amqp/stage_fixture.hpp"

namespace esteira::test {

using runtime::Metrics;
using runtime::amqp::Consumer;
using std::chrono::seconds;

TEST_CASE("a consumer delivers published messages and its acks remove them") {
  StageFixture fixture;
  Metrics metrics;
  DeliveryLog log;
  {
    Consumer consumer(fixture.consumer_options(), log.keep(), metrics);
    consumer.start();
    REQUIRE(wait_until([&] { return consumer.connected(); }));
    CHECK(consumer.unready_reason().empty());
    fixture.broker.publish(fixture.topology.exchange, "work.wanted", "one",
                           {{"colour", "red"}, {"x-esteira-attempt", "2"}});
    fixture.put("two");
    REQUIRE(log.await(2));
    consumer.ack(log.ids());
    consumer.stop(seconds(10));
  }
  const auto first = log.all().front();
  CHECK(first.body == "one");
  CHECK(first.routing_key == "work.wanted");
  CHECK(first.properties.headers.at("colour") == "red");
  CHECK(first.properties.attempt == 2);
  CHECK_FALSE(first.redelivered);
  CHECK(first.delivery_count == 0);
  CHECK(fixture.broker.count(fixture.queue()) == 0);
}

TEST_CASE("a consumer that is given other keys binds all of them and then reports those that it removed") {
  StageFixture fixture;
  fixture.topology.consumes = {"work.a", "work.b"};
  Metrics metrics;
  DeliveryLog log;
  auto options = fixture.consumer_options();
  options.redeclare_interval = std::chrono::milliseconds(50);
  Consumer consumer(std::move(options), log.keep(), metrics);
  consumer.start();
  REQUIRE(wait_until([&] { return consumer.connected(); }));
  consumer.rebind({"work.b", "work.c"}, {"work.a"});
  REQUIRE(wait_until([&] { return consumer.unbound_keys() == std::vector<std::string>{"work.a"}; }));
  for (const auto* key : {"work.a", "work.b", "work.c"}) fixture.broker.publish(fixture.topology.exchange, key, key);
  REQUIRE(log.await(2));
  CHECK(log.all().front().body == "work.b");
  CHECK(log.all().back().body == "work.c");
}

TEST_CASE("the broker accepts acks in any order") {
  StageFixture fixture;
  Metrics metrics;
  DeliveryLog log;
  Consumer consumer(fixture.consumer_options(), log.keep(), metrics);
  consumer.start();
  REQUIRE(wait_until([&] { return consumer.connected(); }));
  for (int at = 0; at < 60; ++at) fixture.put(std::to_string(at));
  REQUIRE(log.await(60));
  auto ids = log.ids();
  std::reverse(ids.begin(), ids.end());
  for (std::size_t at = 0; at < ids.size(); at += 2) consumer.ack(ids[at]);
  for (std::size_t at = 1; at < ids.size(); at += 2) consumer.ack(ids[at]);
  consumer.ack(ids);
  consumer.stop(seconds(10));
  CHECK(consumer.unready_reason().empty());
  CHECK(fixture.broker.count(fixture.queue()) == 0);
  CHECK(log.count() == 60);
}

TEST_CASE("unacknowledged messages are redelivered after a stop, marked and counted") {
  StageFixture fixture;
  Metrics metrics;
  DeliveryLog log;
  {
    Consumer consumer(fixture.consumer_options(), log.keep(), metrics);
    consumer.start();
    REQUIRE(wait_until([&] { return consumer.connected(); }));
    fixture.put("one");
    REQUIRE(log.await(1));
  }
  DeliveryLog again;
  Consumer consumer(fixture.consumer_options(), again.keep(), metrics);
  consumer.start();
  REQUIRE(again.await(1));
  CHECK(again.all().front().redelivered);
  CHECK(again.all().front().delivery_count == 1);
}

TEST_CASE("after stop_receiving nothing is delivered and acks still work") {
  StageFixture fixture;
  Metrics metrics;
  DeliveryLog log;
  Consumer consumer(fixture.consumer_options(), log.keep(), metrics);
  consumer.start();
  REQUIRE(wait_until([&] { return consumer.connected(); }));
  fixture.put("before");
  REQUIRE(log.await(1));
  consumer.stop_receiving(seconds(20));
  fixture.put("after");
  consumer.ack(log.ids());
  consumer.stop(seconds(10));
  CHECK(log.count() == 1);
  CHECK(fixture.broker.get(fixture.queue()).value().body == "after");
  CHECK(fixture.broker.count(fixture.queue()) == 0);
}

TEST_CASE("stop_receiving passes on the deliveries that were already sent") {
  StageFixture fixture;
  Metrics metrics;
  DeliveryLog log;
  {
    Consumer declaring(fixture.consumer_options(), log.keep(), metrics);
    declaring.start();
    REQUIRE(wait_until([&] { return declaring.connected(); }));
  }
  Consumer consumer(fixture.consumer_options(), log.keep(), metrics);
  constexpr std::size_t kMany = 300;
  for (std::size_t i = 0; i < kMany; ++i) fixture.put(std::to_string(i));
  consumer.start();
  REQUIRE(log.await(1));
  consumer.stop_receiving(seconds(20));
  consumer.stop(seconds(10));
  const auto handed_over = log.count();
  REQUIRE(wait_until([&] { return fixture.broker.count(fixture.queue()) == kMany; }));
  std::size_t unseen = 0;
  for (std::size_t i = 0; i < kMany; ++i) unseen += fixture.broker.get(fixture.queue()).value().redelivered ? 0 : 1;
  CHECK(handed_over + unseen == kMany);
}

TEST_CASE("a consumer that never connected stops at once") {
  StageFixture fixture;
  Metrics metrics;
  DeliveryLog log;
  auto options = fixture.consumer_options();
  options.url = test_broker_url_through(1);
  Consumer consumer(options, log.keep(), metrics);
  consumer.start();
  REQUIRE(wait_until([&] { return consumer.unready_reason().find("Connection refused") != std::string::npos; }));
  CHECK_FALSE(consumer.connected());
  consumer.stop_receiving(seconds(60));
  consumer.stop(seconds(60));
  consumer.stop(seconds(60));
}

TEST_CASE("a consumer takes more while more is wanted, and acknowledges all that it got") {
  constexpr std::size_t kMessages = 60;
  StageFixture fixture;
  Metrics metrics;
  DeliveryLog log;
  std::atomic<bool> wants_more = false;
  auto options = fixture.consumer_options();
  options.prefetch = 4;
  options.more_prefetch = 16;
  options.wants_more = [&wants_more] { return wants_more.load(); };
  Consumer consumer(options, log.keep(), metrics);
  consumer.start();
  REQUIRE(wait_until([&] { return consumer.connected(); }));
  for (std::size_t i = 0; i < kMessages; ++i) fixture.put(std::to_string(i));
  REQUIRE(log.await(4));
  CHECK(wait_until([&] { return fixture.broker.count(fixture.queue()) == kMessages - 4; }));
  wants_more = true;
  REQUIRE(log.await(20));
  CHECK(wait_until([&] { return fixture.broker.count(fixture.queue()) == kMessages - 20; }));
  wants_more = false;
  std::size_t acknowledged = 0;
  REQUIRE(wait_until([&] {
    const auto ids = log.ids();
    consumer.ack({ids.begin() + static_cast<std::ptrdiff_t>(acknowledged), ids.end()});
    acknowledged = ids.size();
    return acknowledged >= kMessages;
  }));
  consumer.stop(std::chrono::seconds(10));
  CHECK(fixture.broker.count(fixture.queue()) == 0);
}

}  // namespace esteira::test
