#include <catch2/catch.hpp>
#include <future>

#include "runtime/amqp/consumer.hpp"
#include "tests/integration/amqp/delivery_log.hpp"
#include "tests/integration/amqp/stage_fixture.hpp"
#include "tests/support/tcp_proxy.hpp"

namespace esteira::test {

using runtime::Metrics;
using runtime::amqp::Consumer;
using std::chrono::seconds;

namespace {

TcpProxy proxy_to_broker() {
  const auto host = test_broker_url().hosts.at(0);
  return {host.name, host.port};
}

}  // namespace

TEST_CASE("a consumer reconnects in a new epoch and ignores acks of the old one") {
  StageFixture fixture;
  Metrics metrics;
  DeliveryLog log;
  TcpProxy proxy = proxy_to_broker();
  auto options = fixture.consumer_options();
  options.url = test_broker_url_through(proxy.port());
  Consumer consumer(options, log.keep(), metrics);
  consumer.start();
  REQUIRE(wait_until([&] { return consumer.connected(); }));
  fixture.put("one");
  REQUIRE(log.await(1));
  proxy.cut();
  REQUIRE(wait_until([&] { return !consumer.connected(); }));
  consumer.ack(log.ids());
  proxy.restore();
  REQUIRE(log.await(2));
  const auto again = log.all().back();
  CHECK(again.body == "one");
  CHECK(again.redelivered);
  CHECK(again.id.epoch > log.all().front().id.epoch);
  consumer.ack(again.id);
  consumer.stop(seconds(10));
  CHECK(fixture.broker.count(fixture.queue()) == 0);
  CHECK(metrics.text().find("esteira_amqp_reconnects_total{connection=\"consumer\"} 1") != std::string::npos);
}

TEST_CASE("missed heartbeats make a consumer reconnect") {
  StageFixture fixture;
  Metrics metrics;
  DeliveryLog log;
  TcpProxy proxy = proxy_to_broker();
  auto options = fixture.consumer_options();
  options.url = test_broker_url_through(proxy.port());
  options.heartbeat = seconds(2);
  Consumer consumer(options, log.keep(), metrics);
  consumer.start();
  REQUIRE(wait_until([&] { return consumer.connected(); }));
  proxy.freeze();
  REQUIRE(wait_until([&] { return !consumer.connected(); }, seconds(60)));
  proxy.thaw();
  fixture.put("one");
  CHECK(wait_until([&] { return log.has("one"); }, seconds(60)));
}

TEST_CASE("stopping a consumer takes no longer than its timeout when the broker is silent") {
  StageFixture fixture;
  Metrics metrics;
  DeliveryLog log;
  TcpProxy proxy = proxy_to_broker();
  auto options = fixture.consumer_options();
  options.url = test_broker_url_through(proxy.port());
  Consumer consumer(options, log.keep(), metrics);
  consumer.start();
  REQUIRE(wait_until([&] { return consumer.connected(); }));
  proxy.freeze();
  auto stopped = std::async(std::launch::async, [&] { consumer.stop(std::chrono::milliseconds(200)); });
  // Without the timeout this would take the 15 seconds of rpc_timeout.
  CHECK(stopped.wait_for(seconds(10)) == std::future_status::ready);
}

TEST_CASE("a consumer declares its queue again after it was deleted") {
  StageFixture fixture;
  Metrics metrics;
  DeliveryLog log;
  Consumer consumer(fixture.consumer_options(), log.keep(), metrics);
  consumer.start();
  REQUIRE(wait_until([&] { return consumer.connected(); }));
  fixture.broker.remove_queue(fixture.queue());
  REQUIRE(wait_until([&] { return fixture.broker.has_queue(fixture.queue()); }));
  REQUIRE(wait_until([&] {
    fixture.put("one");
    return wait_until([&] { return log.has("one"); }, std::chrono::milliseconds(200));
  }));
}

TEST_CASE("a consumer connects to the second host when the first is down") {
  StageFixture fixture;
  Metrics metrics;
  DeliveryLog log;
  auto options = fixture.consumer_options();
  options.url.hosts.insert(options.url.hosts.begin(), {"127.0.0.1", 1});
  Consumer consumer(options, log.keep(), metrics);
  consumer.start();
  CHECK(wait_until([&] { return consumer.connected(); }));
}

TEST_CASE("a wrong password is reported without showing it") {
  StageFixture fixture;
  Metrics metrics;
  DeliveryLog log;
  auto options = fixture.consumer_options();
  options.url.password = "hunter2";
  Consumer consumer(options, log.keep(), metrics);
  consumer.start();
  REQUIRE(wait_until([&] { return consumer.unready_reason().find("ACCESS_REFUSED") != std::string::npos; }));
  CHECK(consumer.unready_reason().find("hunter2") == std::string::npos);
  CHECK(consumer.unready_reason().find("correct user and password in RABBITMQ_URL") != std::string::npos);
}

TEST_CASE("an unknown vhost is reported") {
  StageFixture fixture;
  Metrics metrics;
  DeliveryLog log;
  auto options = fixture.consumer_options();
  options.url.vhost = "nowhere";
  Consumer consumer(options, log.keep(), metrics);
  consumer.start();
  REQUIRE(wait_until([&] { return consumer.unready_reason().find("nowhere") != std::string::npos; }));
  CHECK(consumer.unready_reason().find("create the vhost") != std::string::npos);
}

}  // namespace esteira::test
