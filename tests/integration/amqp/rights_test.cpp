#include <catch2/catch.hpp>

#include "runtime/amqp/broker_error.hpp"
#include "runtime/amqp/publisher.hpp"
#include "runtime/amqp/topology_declarer.hpp"
#include "tests/integration/amqp/delivery_log.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/wait.hpp"
#include "tests/support/written_stderr.hpp"

namespace esteira::test {

using runtime::amqp::BrokerError;
using runtime::amqp::BrokerUrl;
using runtime::amqp::Connection;
using runtime::amqp::StageTopology;
using runtime::amqp::TopologyDeclarer;

namespace {

StageTopology stage_topology() {
  return {
      .exchange = "orders", .stage = "work", .consumes = {"work.wanted"}, .retry_delays = {std::chrono::seconds(1)}};
}

/// A broker of its own with the user "worker", who may write and read, but not configure. Tests may run at the same
/// time: each gives it another name.
struct RestrictedBroker {
  explicit RestrictedBroker(const std::string& name) : servers(name, {"rabbitmq"}) {
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

  Servers servers;
};

}  // namespace

TEST_CASE("a broker user without the right to configure uses what exists, else one line names the remedy") {
  const RestrictedBroker broker("rights_configure");
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

TEST_CASE("a consumer without the right to read, and a publisher without the right to write, name the remedy") {
  RestrictedBroker broker("rights_read_and_write");
  REQUIRE(broker.declare().empty());
  const auto vhost = BrokerUrl::parse(broker.servers.rabbitmq_url()).vhost;
  broker.servers.rabbitmqctl({"set_permissions", "-p", vhost, "worker", "^$", "^$", "^$"});
  runtime::Metrics metrics;
  DeliveryLog log;
  runtime::amqp::Consumer::Options consuming;
  consuming.url = broker.url("worker");
  consuming.topology = stage_topology();
  runtime::amqp::Consumer consumer(consuming, log.keep(), metrics);
  consumer.start();
  CHECK(wait_until([&] { return consumer.unready_reason().find("set_permissions") != std::string::npos; }));
  runtime::amqp::Publisher::Options publishing;
  publishing.url = broker.url("worker");
  runtime::amqp::Publisher publisher(
      publishing, [](const std::vector<std::uint64_t>&) {}, metrics);
  publisher.start();
  runtime::amqp::Publication publication;
  publication.exchange = "orders";
  publication.routing_key = "work.wanted";
  WrittenStderr writes;
  publisher.publish({publication});
  CHECK(wait_until([&] { return publisher.unready_reason().find("set_permissions") != std::string::npos; }));
  const auto reconnects = [&metrics] {
    const auto text = metrics.text();
    const std::string name = "esteira_amqp_reconnects_total{connection=\"publisher\"} ";
    const auto at = text.find(name);
    return at == std::string::npos ? 0 : std::stoi(text.substr(at + name.size()));
  };
  CHECK(wait_until([&] { return reconnects() >= 4; }));
  publisher.stop(std::chrono::milliseconds(0));
  std::string lines;
  for (auto line = writes.next(); !line.empty(); line = writes.next()) lines += line;
  const auto first = lines.find("exchange 'orders' in vhost");
  CHECK(first != std::string::npos);
  CHECK(lines.find("exchange 'orders' in vhost", first + 1) == std::string::npos);
}

}  // namespace esteira::test
