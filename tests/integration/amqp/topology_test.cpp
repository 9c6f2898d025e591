#include "runtime/amqp/topology.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "runtime/amqp/broker_error.hpp"
#include "runtime/amqp/channel.hpp"
#include "runtime/amqp/connection.hpp"
#include "runtime/amqp/topology_declarer.hpp"
#include "tests/integration/amqp/stage_fixture.hpp"
#include "tests/support/wait.hpp"

namespace esteira::test {

using runtime::amqp::BrokerError;
using runtime::amqp::Channel;
using runtime::amqp::Connection;
using runtime::amqp::StageTopology;
using runtime::amqp::TopologyDeclarer;
using std::chrono::milliseconds;

namespace {

Connection::Options plain_connection() {
  Connection::Options options;
  options.url = test_broker_url();
  options.name = "test";
  return options;
}

/// The differences that a declarer reported.
struct Differences {
  TopologyDeclarer::OnDifference keep() {
    return [this](const TopologyDeclarer::Difference& found) { all.push_back(found); };
  }
  std::vector<TopologyDeclarer::Difference> all;
};

void declare(const StageTopology& topology, TopologyDeclarer& declarer) {
  Connection connection(plain_connection());
  declarer.declare_stage(connection, topology);
  connection.close();
}

void declare(const StageTopology& topology) {
  Differences differences;
  TopologyDeclarer declarer(differences.keep());
  declare(topology, declarer);
  CHECK(differences.all.empty());
}

/// As the version declared it whose hosts left the limit to the broker.
void declare_old_queue(const std::string& queue) {
  Connection connection(plain_connection());
  Channel channel(connection);
  channel.declare_queue(queue, {{"x-dead-letter-exchange", std::string()},
                                {"x-dead-letter-routing-key", queue + ".dead"},
                                {"x-dead-letter-strategy", std::string("at-least-once")},
                                {"x-overflow", std::string("reject-publish")},
                                {"x-delivery-limit", std::int64_t{20}}});
  connection.close();
}

}  // namespace

TEST_CASE("declaring a stage twice succeeds") {
  StageFixture fixture;
  fixture.topology.retry_delays = {milliseconds(100)};
  declare(fixture.topology);
  declare(fixture.topology);
  fixture.put("one");
  CHECK(fixture.broker.get(fixture.queue()).value().body == "one");
}

TEST_CASE("a retry queue dead-letters a message back to the stage queue after its delay") {
  StageFixture fixture;
  fixture.topology.retry_delays = {milliseconds(100), milliseconds(200)};
  declare(fixture.topology);
  fixture.broker.publish("", fixture.retry(milliseconds(200)), "again", {{"x-esteira-attempt", "2"}});
  const auto got = fixture.broker.get(fixture.queue()).value();
  CHECK(got.body == "again");
  CHECK(got.headers.at("x-esteira-attempt") == "2");
}

TEST_CASE("declaring a stage removes its bindings to obsolete keys, and reports them") {
  StageFixture fixture;
  declare(fixture.topology);
  const auto old_key = fixture.topology.consumes.front();
  fixture.topology.consumes = {"work.checked"};
  fixture.topology.obsolete_keys = {old_key, "work.never"};
  Connection connection(plain_connection());
  TopologyDeclarer declarer([](const auto&) {});
  CHECK(declarer.declare_stage(connection, fixture.topology) == fixture.topology.obsolete_keys);
  connection.close();
  fixture.broker.publish(fixture.topology.exchange, old_key, "old");
  fixture.put("new");
  CHECK(fixture.broker.get(fixture.queue()).value().body == "new");
  CHECK(fixture.broker.count(fixture.queue()) == 0);
}

TEST_CASE("a queue gets the messages of each of several keys, and keeps those of the keys that stay") {
  StageFixture fixture;
  fixture.topology.consumes = {"work.a", "work.b"};
  declare(fixture.topology);
  for (const auto* key : {"work.a", "work.b", "work.c"}) fixture.broker.publish(fixture.topology.exchange, key, key);
  CHECK(fixture.broker.get(fixture.queue()).value().body == "work.a");
  CHECK(fixture.broker.get(fixture.queue()).value().body == "work.b");
  fixture.topology.consumes = {"work.b", "work.c"};
  fixture.topology.obsolete_keys = {"work.a"};
  declare(fixture.topology);
  for (const auto* key : {"work.a", "work.b", "work.c"}) fixture.broker.publish(fixture.topology.exchange, key, key);
  CHECK(fixture.broker.get(fixture.queue()).value().body == "work.b");
  CHECK(fixture.broker.get(fixture.queue()).value().body == "work.c");
  CHECK(fixture.broker.count(fixture.queue()) == 0);
}

TEST_CASE("new queues have a delivery limit that no message reaches, also on RabbitMQ 4") {
  StageFixture fixture;
  for (const auto& queue : runtime::amqp::stage_queues(fixture.topology)) {
    const auto limit = std::ranges::find(queue.arguments, "x-delivery-limit", &runtime::amqp::QueueArgument::name);
    REQUIRE(limit != queue.arguments.end());
    CHECK(std::get<std::int64_t>(limit->value) >= 100'000);
  }
  declare(fixture.topology);
}

TEST_CASE("a queue that exists with other arguments is used, and the difference is told once") {
  StageFixture fixture;
  declare_old_queue(fixture.queue());
  Differences differences;
  TopologyDeclarer declarer(differences.keep());
  for (int time = 0; time < 3; ++time) declare(fixture.topology, declarer);
  REQUIRE(differences.all.size() == 1);
  const auto& difference = differences.all.front();
  CHECK(difference.subject == "queue " + fixture.queue());
  CHECK(difference.reply.find("x-delivery-limit") != std::string::npos);
  CHECK(difference.meaning.find("its own number of deliveries") != std::string::npos);
  CHECK(difference.remedy.find("drain and delete the queue") != std::string::npos);
  fixture.put("one");
  CHECK(fixture.broker.get(fixture.queue()).value().body == "one");
}

TEST_CASE("a queue that differed and was deleted is declared anew") {
  StageFixture fixture;
  declare_old_queue(fixture.queue());
  Differences differences;
  TopologyDeclarer declarer(differences.keep());
  declare(fixture.topology, declarer);
  fixture.broker.remove_queue(fixture.queue());
  declare(fixture.topology, declarer);
  declare(fixture.topology);
  CHECK(differences.all.size() == 1);
}

TEST_CASE("an exchange of another type is refused with the remedy in one line") {
  StageFixture fixture;
  fixture.topology.exchange = "amq.fanout";
  try {
    declare(fixture.topology);
    FAIL("declared");
  } catch (const BrokerError& error) {
    const std::string line = error.what();
    CHECK(line.starts_with("exchange amq.fanout exists with another type; delete it, or set ESTEIRA_EXCHANGE"));
    CHECK(line.find('\n') == std::string::npos);
  }
}

TEST_CASE("a connection works on after a difference was found") {
  StageFixture fixture;
  declare_old_queue(fixture.queue());
  Connection connection(plain_connection());
  Channel channel(connection);
  TopologyDeclarer declarer([](const auto&) {});
  declarer.declare_stage(connection, fixture.topology);
  fixture.put("one");
  CHECK(wait_until([&] { return channel.get(fixture.queue()).has_value(); }));
  declarer.declare_stage(connection, fixture.topology);
  channel.close();
  connection.close();
}

TEST_CASE("comparing a queue declares none") {
  StageFixture fixture;
  Connection connection(plain_connection());
  Differences differences;
  TopologyDeclarer declarer(differences.keep());
  for (const auto& queue : runtime::amqp::stage_queues(fixture.topology)) {
    CHECK_FALSE(declarer.compare(connection, queue));
    CHECK_FALSE(fixture.broker.has_queue(queue.name));
  }
  CHECK(differences.all.empty());
}

}  // namespace esteira::test
