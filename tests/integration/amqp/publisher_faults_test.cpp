#include <atomic>
#include <catch2/catch.hpp>
#include <optional>

#include "runtime/amqp/channel.hpp"
#include "runtime/amqp/publisher.hpp"
#include "tests/integration/amqp/confirm_log.hpp"
#include "tests/integration/amqp/delivery_log.hpp"
#include "tests/integration/amqp/stage_fixture.hpp"
#include "tests/support/tcp_proxy.hpp"

namespace esteira::test {

using runtime::Metrics;
using runtime::amqp::Channel;
using runtime::amqp::Connection;
using runtime::amqp::Consumer;
using runtime::amqp::Delivery;
using runtime::amqp::Publisher;
using std::chrono::seconds;

TEST_CASE("a lost connection loses no publication and confirms each once") {
  constexpr std::uint64_t kCount = 2000;
  StageFixture fixture;
  Metrics metrics;
  DeliveryLog delivered;
  std::optional<Consumer> consumer;
  const auto keep_and_ack = [&, keep = delivered.keep()](std::vector<Delivery>&& deliveries) {
    for (const auto& delivery : deliveries) consumer->ack(delivery.id);
    keep(std::move(deliveries));
  };
  consumer.emplace(fixture.consumer_options(), keep_and_ack, metrics);
  consumer->start();
  REQUIRE(wait_until([&] { return consumer->connected(); }));

  const auto host = test_broker_url().hosts.at(0);
  TcpProxy proxy(host.name, host.port);
  ConfirmLog log;
  std::atomic<bool> cut = false;
  auto options = fixture.publisher_options();
  options.url = test_broker_url_through(proxy.port());
  options.max_unconfirmed = 100;
  const auto cut_in_the_middle = [&, keep = log.keep()](const std::vector<std::uint64_t>& tokens) {
    keep(tokens);
    if (log.count() >= kCount / 4 && !cut.exchange(true)) proxy.cut();
  };
  Publisher publisher(options, cut_in_the_middle, metrics);
  publisher.start();
  for (std::uint64_t first = 0; first < kCount; first += 100) {
    publisher.publish(numbered(fixture.topology.exchange, fixture.topology.consumes.front(), first, 100));
  }
  REQUIRE(wait_until([&] { return cut && !publisher.connected(); }));
  proxy.restore();
  REQUIRE(log.await(kCount));
  publisher.stop(seconds(10));
  for (const auto& [token, times] : log.times()) CHECK(times == 1);
  CHECK(wait_until([&] { return delivered.bodies().size() == kCount; }));
}

TEST_CASE("a publisher keeps publications until the broker is reachable") {
  StageFixture fixture;
  Metrics metrics;
  ConfirmLog log;
  fixture.broker.declare_queue(fixture.queue(), fixture.topology.exchange, "work.wanted");
  const auto host = test_broker_url().hosts.at(0);
  TcpProxy proxy(host.name, host.port);
  proxy.cut();
  auto options = fixture.publisher_options();
  options.url = test_broker_url_through(proxy.port());
  Publisher publisher(options, log.keep(), metrics);
  publisher.start();
  publisher.publish(numbered(fixture.topology.exchange, "work.wanted", 0, 5));
  REQUIRE(wait_until([&] { return publisher.unready_reason().find("no connection") != std::string::npos; }));
  CHECK_FALSE(publisher.connected());
  CHECK(publisher.pending() == 5);
  proxy.restore();
  CHECK(log.await(5));
}

TEST_CASE("a publisher declares its exchange again after it was deleted and loses nothing") {
  StageFixture fixture;
  Metrics metrics;
  ConfirmLog log;
  Publisher publisher(fixture.publisher_options(), log.keep(), metrics);
  publisher.start();
  REQUIRE(wait_until([&] { return publisher.connected(); }));
  fixture.broker.remove_exchange(fixture.topology.exchange);
  publisher.publish(numbered(fixture.topology.exchange, "work.wanted", 0, 5));
  REQUIRE(wait_until([&] {
    return metrics.text().find("esteira_amqp_reconnects_total{connection=\"publisher\"} 0") == std::string::npos;
  }));
  fixture.broker.declare_queue(fixture.queue(), fixture.topology.exchange, "work.wanted");
  CHECK(log.await(5));
}

TEST_CASE("publications nacked by a full queue are published again until it accepts them") {
  StageFixture fixture;
  Metrics metrics;
  ConfirmLog log;
  Connection::Options plain;
  plain.url = test_broker_url();
  Connection connection(plain);
  Channel channel(connection);
  channel.declare_queue(fixture.queue(),
                        {{"x-max-length", std::int64_t{1}}, {"x-overflow", std::string("reject-publish")}});
  Publisher publisher(fixture.publisher_options(), log.keep(), metrics);
  publisher.start();
  std::uint64_t sent = 0;
  // The length limit is not exact: publications sent in one burst may all be accepted.
  REQUIRE(wait_until([&] {
    publisher.publish(numbered("", fixture.queue(), sent++, 1));
    return metrics.text().find("esteira_publications_total{result=\"nacked\"} 0") == std::string::npos;
  }));
  CHECK(log.count() < sent);
  CHECK(wait_until([&] {
    static_cast<void>(fixture.broker.get(fixture.queue(), std::chrono::milliseconds(0)));
    return log.count() == sent;
  }));
}

TEST_CASE("stopping a publisher with timeout 0 drops pending publications") {
  StageFixture fixture;
  Metrics metrics;
  ConfirmLog log;
  auto options = fixture.publisher_options();
  options.url = test_broker_url_through(1);
  Publisher publisher(options, log.keep(), metrics);
  publisher.start();
  publisher.publish(numbered(fixture.topology.exchange, "work.wanted", 0, 5));
  publisher.stop(std::chrono::milliseconds(0));
  CHECK(log.count() == 0);
}

}  // namespace esteira::test
