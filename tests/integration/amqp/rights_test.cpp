#include <catch2/catch.hpp>

#include "runtime/amqp/broker_error.hpp"
#include "runtime/amqp/topology_declarer.hpp"
#include "tests/integration/amqp/delivery_log.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/wait.hpp"

namespace esteira::test {

using runtime::amqp::BrokerError;
using runtime::amqp::BrokerUrl;
using runtime::amqp::Connection;
using runtime::amqp::StageTopology;
using runtime::amqp::TopologyDeclarer;

namespace {

StageTopology stage_topology() {
  return {.exchange = "orders", .stage = "work", .consumes = "work.wanted", .retry_delays = {std::chrono::seconds(1)}};
}

/// A broker of its own with the user "worker", who may write and read, but not configure.
struct RestrictedBroker {
  RestrictedBroker() {
    servers.rabbitmqctl({"add_user", "worker", "secret"});
    const auto vhost = BrokerUrl::parse(servers.rabbitmq_url()).vhost;
    servers.rabbitmqctl({"set_permissions", "-p", vhost, "worker", "^$", ".*", ".*"});
  }

  [[nodiscard]] BrokerUrl url(const std::string& user = "") const {
    auto parsed = BrokerUrl::parse(servers.rabbitmq_url());
    if (!user.empty()) {
      parsed.user = user;
      parsed.password = "secret";
    }
    return parsed;
  }

  [[nodiscard]] std::vector<std::string> declare(const std::string& user = "") const {
    std::vector<std::string> subjects;
    Connection::Options options;
    options.url = url(user);
    Connection connection(options);
    TopologyDeclarer declarer([&subjects](const auto& found) { subjects.push_back(found.subject); });
    declarer.declare_stage(connection, stage_topology());
    declarer.declare_stage(connection, stage_topology());
    connection.close();
    return subjects;
  }

  Servers servers{"rights", {"rabbitmq"}};
};

}  // namespace

TEST_CASE("a broker user without the right to configure uses what exists, else one line names the remedy") {
  const RestrictedBroker broker;
  try {
    static_cast<void>(broker.declare("worker"));
    FAIL("declared");
  } catch (const BrokerError& error) {
    const std::string line = error.what();
    CHECK(line.starts_with("exchange orders does not exist, and the broker user may not declare it; "));
    CHECK(line.find("grant the user 'configure' (rabbitmqctl set_permissions)") != std::string::npos);
  }
  REQUIRE(broker.declare().empty());
  CHECK(broker.declare("worker") == std::vector<std::string>{"exchange orders", "queue orders.work.dead",
                                                             "queue orders.work", "queue orders.work.retry.1000"});

  runtime::Metrics metrics;
  DeliveryLog log;
  runtime::amqp::Consumer::Options options;
  options.url = broker.url("worker");
  options.topology = stage_topology();
  options.redeclare_interval = std::chrono::milliseconds(50);
  runtime::amqp::Consumer consumer(options, log.keep(), metrics);
  consumer.start();
  REQUIRE(wait_until([&] { return consumer.connected(); }));
  Broker(broker.servers.rabbitmq_url()).publish("orders", "work.wanted", "one");
  CHECK(log.await(1));
  CHECK(consumer.connected());
}

}  // namespace esteira::test
