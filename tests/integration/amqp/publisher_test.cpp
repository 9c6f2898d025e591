#include "runtime/amqp/publisher.hpp"

#include <catch2/catch.hpp>

#include "tests/integration/amqp/confirm_log.hpp"
#include "tests/integration/amqp/stage_fixture.hpp"

namespace esteira::test {

using runtime::Metrics;
using runtime::amqp::Publication;
using runtime::amqp::Publisher;
using std::chrono::seconds;

namespace {

double returned(const Metrics& metrics) {
  const std::string name = "esteira_publications_total{result=\"returned\"} ";
  const auto text = metrics.text();
  return std::stod(text.substr(text.find(name) + name.size()));
}

}  // namespace

TEST_CASE("a publication is confirmed and reaches its queue with its properties") {
  StageFixture fixture;
  Metrics metrics;
  ConfirmLog log;
  fixture.broker.declare_queue(fixture.queue(), fixture.topology.exchange, "work.wanted");
  Publisher publisher(fixture.publisher_options(), log.keep(), metrics);
  publisher.start();
  Publication publication = numbered(fixture.topology.exchange, "work.wanted", 7, 1).front();
  publication.properties.message_id = "m-7";
  publication.properties.type = "work.wanted";
  publication.properties.traceparent = "00-trace";
  publication.properties.attempt = 3;
  publisher.publish({publication});
  REQUIRE(log.await(1));
  CHECK(wait_until([&] { return publisher.pending() == 0; }));
  CHECK(publisher.unready_reason().empty());
  const auto got = fixture.broker.get(fixture.queue()).value();
  CHECK(got.body == "7");
  CHECK(got.message_id == "m-7");
  CHECK(got.type == "work.wanted");
  CHECK(got.headers.at("traceparent") == "00-trace");
  CHECK(got.headers.at("x-esteira-attempt") == "3");
}

TEST_CASE("an unroutable publication is published again until a queue is bound") {
  StageFixture fixture;
  Metrics metrics;
  ConfirmLog log;
  Publisher publisher(fixture.publisher_options(), log.keep(), metrics);
  publisher.start();
  publisher.publish(numbered(fixture.topology.exchange, "work.wanted", 1, 3));
  REQUIRE(wait_until(
      [&] { return metrics.text().find("esteira_publications_total{result=\"returned\"} 0") == std::string::npos; }));
  CHECK(log.count() == 0);
  CHECK(publisher.pending() == 3);
  fixture.broker.declare_queue(fixture.queue(), fixture.topology.exchange, "work.wanted");
  REQUIRE(log.await(3));
  CHECK(fixture.broker.count(fixture.queue()) == 3);
}

TEST_CASE("unroutable publications are probed one at a time, and others pass them") {
  constexpr std::uint64_t kMany = 5000;
  StageFixture fixture;
  Metrics metrics;
  ConfirmLog log;
  fixture.broker.declare_queue(fixture.queue(), fixture.topology.exchange, "work.wanted");
  Publisher publisher(fixture.publisher_options(), log.keep(), metrics);
  publisher.start();
  publisher.publish(numbered(fixture.topology.exchange, "work.nobody", 0, kMany));
  REQUIRE(wait_until([&] { return !publisher.unroutable().empty(); }));
  for (std::uint64_t token = kMany; token < kMany + 10; ++token) {
    publisher.publish(numbered(fixture.topology.exchange, "work.wanted", token, 1));
    REQUIRE(wait_until([&] { return log.count() == token - kMany + 1; }));
  }
  CHECK(publisher.pending() == kMany);
  // At most those that were unconfirmed at the first return, and a few probes.
  CHECK(returned(metrics) <= 2048 + 100);
  publisher.stop(seconds(60));
  CHECK(publisher.pending() == kMany);
}

TEST_CASE("a publisher gives unroutable publications up when their owner can keep them") {
  StageFixture fixture;
  Metrics metrics;
  ConfirmLog log;
  ConfirmLog given_up;
  Publisher publisher(fixture.publisher_options(), log.keep(), metrics, given_up.keep());
  publisher.start();
  publisher.publish(numbered(fixture.topology.exchange, "work.wanted", 0, 100));
  REQUIRE(given_up.await(99));
  CHECK(wait_until([&] { return publisher.pending() == 1; }));
  fixture.broker.declare_queue(fixture.queue(), fixture.topology.exchange, "work.wanted");
  REQUIRE(log.await(1));
  CHECK(wait_until([&] { return publisher.unroutable().empty(); }));
  CHECK(publisher.pending() == 0);
}

TEST_CASE("a publication that is not mandatory is confirmed without a queue") {
  StageFixture fixture;
  Metrics metrics;
  ConfirmLog log;
  Publisher publisher(fixture.publisher_options(), log.keep(), metrics);
  publisher.start();
  auto publications = numbered(fixture.topology.exchange, "work.done", 1, 1);
  publications.front().mandatory = false;
  publisher.publish(publications);
  CHECK(log.await(1));
}

TEST_CASE("publications larger than a frame arrive complete") {
  StageFixture fixture;
  Metrics metrics;
  ConfirmLog log;
  fixture.broker.declare_queue(fixture.queue(), fixture.topology.exchange, "work.wanted");
  Publisher publisher(fixture.publisher_options(), log.keep(), metrics);
  publisher.start();
  for (const std::size_t size : {0, 131072 - 8, 3 * (131072 - 8), 1'000'000}) {
    auto publications = numbered(fixture.topology.exchange, "work.wanted", size, 1);
    publications.front().body = std::string(size, 'x');
    publisher.publish(publications);
    CHECK(fixture.broker.get(fixture.queue()).value().body == std::string(size, 'x'));
  }
  CHECK(log.await(4));
}

TEST_CASE("publications keep their order beyond max_unconfirmed") {
  StageFixture fixture;
  Metrics metrics;
  ConfirmLog log;
  fixture.broker.declare_queue(fixture.queue(), fixture.topology.exchange, "work.wanted");
  auto options = fixture.publisher_options();
  options.max_unconfirmed = 10;
  Publisher publisher(options, log.keep(), metrics);
  publisher.start();
  for (std::uint64_t first = 0; first < 200; first += 20) {
    publisher.publish(numbered(fixture.topology.exchange, "work.wanted", first, 20));
  }
  REQUIRE(log.await(200));
  for (int at = 0; at < 200; ++at) CHECK(fixture.broker.get(fixture.queue()).value().body == std::to_string(at));
}

TEST_CASE("stopping a publisher waits for pending confirms and refuses new publications") {
  StageFixture fixture;
  Metrics metrics;
  ConfirmLog log;
  fixture.broker.declare_queue(fixture.queue(), fixture.topology.exchange, "work.wanted");
  Publisher publisher(fixture.publisher_options(), log.keep(), metrics);
  publisher.start();
  publisher.publish(numbered(fixture.topology.exchange, "work.wanted", 0, 500));
  publisher.stop(seconds(60));
  CHECK(log.count() == 500);
  publisher.publish(numbered(fixture.topology.exchange, "work.wanted", 500, 1));
  CHECK(publisher.pending() == 0);
  CHECK_FALSE(publisher.connected());
}

}  // namespace esteira::test
