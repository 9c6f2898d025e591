#include "runtime/amqp/connection.hpp"

#include <catch2/catch.hpp>

#include "runtime/amqp/broker_error.hpp"
#include "runtime/amqp/channel.hpp"
#include "tests/integration/amqp/stage_fixture.hpp"

namespace esteira::test {

using runtime::amqp::BrokerError;
using runtime::amqp::Channel;
using runtime::amqp::Connection;

TEST_CASE("a queue's messages can be counted and read one by one") {
  StageFixture fixture;
  fixture.broker.declare_queue(fixture.queue(), fixture.topology.exchange, fixture.topology.consumes.front());
  fixture.put("one");
  fixture.put("two");
  Connection::Options options;
  options.url = test_broker_url();
  Connection connection(options);
  Channel channel(connection);
  CHECK(channel.ready_count(fixture.queue()) == 2);
  const auto got = channel.get(fixture.queue()).value();
  CHECK(got.body == "one");
  channel.ack(got.id.tag, false);
  channel.flush();
  CHECK(channel.get(fixture.queue()).value().body == "two");
  CHECK_FALSE(channel.get(fixture.queue()));
  channel.close();
  CHECK(fixture.broker.get(fixture.queue()).value().body == "two");
}

TEST_CASE("when no host is reachable the error names the reason of each") {
  Connection::Options options;
  options.url = test_broker_url();
  options.url.hosts = {{"127.0.0.1", 1}, {"no-such-host.invalid", 5672}};
  try {
    const Connection connection(options);
    FAIL("connected");
  } catch (const BrokerError& error) {
    const std::string line = error.what();
    CHECK(line.find("127.0.0.1:1: Connection refused") != std::string::npos);
    CHECK(line.find("no-such-host.invalid:5672: the host name cannot be resolved") != std::string::npos);
  }
}

}  // namespace esteira::test
