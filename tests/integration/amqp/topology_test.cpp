#include "runtime/amqp/topology.hpp"

#include <catch2/catch.hpp>

#include "runtime/amqp/broker_error.hpp"
#include "runtime/amqp/channel.hpp"
#include "runtime/amqp/connection.hpp"
#include "tests/integration/amqp/stage_fixture.hpp"
#include "tests/support/wait.hpp"

namespace esteira::test {

using runtime::amqp::BrokerError;
using runtime::amqp::Channel;
using runtime::amqp::Connection;
using runtime::amqp::StageTopology;
using std::chrono::milliseconds;

namespace {

Connection::Options plain_connection() {
  Connection::Options options;
  options.url = test_broker_url();
  options.name = "test";
  return options;
}

void declare(const StageTopology& topology) {
  Connection connection(plain_connection());
  Channel channel(connection);
  runtime::amqp::declare_stage(channel, topology);
  channel.close();
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

TEST_CASE("a message beyond the delivery limit is dead-lettered") {
  StageFixture fixture;
  fixture.topology.delivery_limit = 2;
  declare(fixture.topology);
  fixture.put("poison");
  // Each consumer gets the message and closes without an ack, as after a crash.
  REQUIRE(wait_until([&] {
    Connection connection(plain_connection());
    Channel channel(connection);
    static_cast<void>(channel.get(fixture.queue()));
    connection.close();
    return fixture.broker.count(fixture.dead()) == 1;
  }));
  CHECK(fixture.broker.get(fixture.dead()).value().body == "poison");
}

TEST_CASE("a queue that exists with other arguments is reported with the remedy in one line") {
  StageFixture fixture;
  declare(fixture.topology);
  auto changed = fixture.topology;
  changed.delivery_limit = 5;
  try {
    declare(changed);
    FAIL("declared");
  } catch (const BrokerError& error) {
    const std::string line = error.what();
    CHECK(error.reply_code() == 406);
    CHECK(
        line.starts_with("queue " + fixture.queue() + " exists with other arguments; drain and delete it, or restore"));
    CHECK(line.find("x-delivery-limit") != std::string::npos);
    CHECK(line.find('\n') == std::string::npos);
  }
}

}  // namespace esteira::test
