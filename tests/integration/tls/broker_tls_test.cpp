#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>

#include "tests/integration/amqp/confirm_log.hpp"
#include "tests/integration/amqp/delivery_log.hpp"
#include "tests/integration/amqp/stage_fixture.hpp"
#include "tests/support/server_url.hpp"
#include "tests/support/servers.hpp"

namespace esteira::test {
namespace {

using runtime::amqp::BrokerUrl;
using runtime::amqp::Consumer;
using runtime::amqp::Publisher;
using std::chrono::seconds;

constexpr std::size_t kMessages = 2000;

/// A publisher and a consumer of one stage, over TLS through a proxy that records all bytes.
struct TlsStage {
  TlsStage() {
    proxy.record();
    consumer.start();
    publisher.start();
    REQUIRE(wait_until([&] { return consumer.connected() && publisher.connected(); }));
  }

  [[nodiscard]] BrokerUrl url() const {
    auto url = BrokerUrl::parse(through(servers.rabbitmq_tls_url(), proxy.port()));
    url.ca_file = ca_file;
    return url;
  }
  [[nodiscard]] Publisher::Options publisher_options() const {
    Publisher::Options options;
    options.url = url();
    options.exchange = topology.exchange;
    options.heartbeat = seconds(1);
    return options;
  }
  [[nodiscard]] Consumer::Options consumer_options() const {
    Consumer::Options options;
    options.url = url();
    options.topology = topology;
    options.heartbeat = seconds(1);
    return options;
  }
  void publish(std::uint64_t first, std::uint64_t count) {
    publisher.publish(numbered(topology.exchange, topology.consumes.front(), first, count));
  }
  [[nodiscard]] bool has_reconnects() const {
    const auto text = metrics.text();
    return text.find("reconnects_total{connection=\"consumer\"} 0") == std::string::npos ||
           text.find("reconnects_total{connection=\"publisher\"} 0") == std::string::npos;
  }

  Servers servers{"tls_rabbitmq", {"rabbitmq", "tls"}};
  const std::string ca_file = servers.ca_file();
  TcpProxy proxy{"127.0.0.1", BrokerUrl::parse(servers.rabbitmq_tls_url()).hosts.at(0).port};
  runtime::amqp::StageTopology topology{
      .exchange = "orders", .stage = "work", .consumes = {"work.wanted"}, .retry_delays = {}};
  runtime::Metrics metrics;
  ConfirmLog confirms;
  DeliveryLog deliveries;
  Consumer consumer{consumer_options(), deliveries.keep(), metrics};
  Publisher publisher{publisher_options(), confirms.keep(), metrics};
};

void check_large_message(TlsStage& stage) {
  runtime::amqp::Publication large;
  large.exchange = stage.topology.exchange;
  large.routing_key = stage.topology.consumes.front();
  large.body.assign(1 << 20, 'x');
  large.token = kMessages + 1;
  stage.publisher.publish({large});
  REQUIRE(stage.confirms.await(1));
  REQUIRE(stage.deliveries.await(1));
  CHECK(stage.deliveries.all().front().body == large.body);
}

/// An idle connection sends and receives nothing but heartbeats.
void check_heartbeats(TlsStage& stage) {
  std::this_thread::sleep_for(seconds(5));
  CHECK_FALSE(stage.has_reconnects());
  stage.proxy.freeze();
  CHECK(wait_until([&] { return !stage.consumer.connected() && !stage.publisher.connected(); }));
  stage.proxy.thaw();
  CHECK(wait_until([&] { return stage.consumer.connected() && stage.publisher.connected(); }));
}

void check_encrypted(const std::string& bytes) {
  REQUIRE_FALSE(bytes.empty());
  CHECK(bytes.front() == '\x16');
  for (const auto* plain : {"AMQP", "guest", "work.wanted", "xxxxxxxx", "PLAIN"}) {
    INFO(plain);
    CHECK(bytes.find(plain) == std::string::npos);
  }
}

/// While the CA file is not there, the connection is tried again and again; the file is read each time.
void check_ca_file_returns(TlsStage& stage) {
  const auto moved = stage.ca_file + ".moved";
  std::filesystem::rename(stage.ca_file, moved);
  stage.proxy.cut();
  stage.proxy.restore();
  const auto is_named = [](const std::string& reason) { return reason.find("RABBITMQ_CA_FILE") != std::string::npos; };
  CHECK(wait_until([&] { return is_named(stage.consumer.unready_reason()); }));
  CHECK(wait_until([&] { return is_named(stage.publisher.unready_reason()); }));
  std::filesystem::rename(moved, stage.ca_file);
  CHECK(wait_until([&] { return stage.consumer.connected() && stage.publisher.connected(); }));
}

/// All messages are confirmed and delivered, although the broker dies among them.
void check_broker_crash(TlsStage& stage) {
  stage.publish(0, kMessages / 2);
  REQUIRE(stage.confirms.await(kMessages / 10));
  stage.servers.kill("rabbitmq");
  stage.publish(kMessages / 2, kMessages / 2);
  stage.servers.start("rabbitmq");
  REQUIRE(stage.confirms.await(kMessages + 1));
  const auto all_are_delivered = [&stage] {
    stage.consumer.ack(stage.deliveries.ids());
    return stage.deliveries.bodies().size() == kMessages + 1;
  };
  CHECK(wait_until(all_are_delivered, seconds(60)));
}

/// A stop does not wait for a broker that hangs, not even with more to send than the socket takes.
void check_stop_while_frozen(TlsStage& stage) {
  Publisher publisher(stage.publisher_options(), stage.confirms.keep(), stage.metrics);
  Consumer consumer(
      stage.consumer_options(), [](auto&&) {}, stage.metrics);
  publisher.start();
  consumer.start();
  REQUIRE(wait_until([&] { return publisher.connected() && consumer.connected(); }));
  stage.proxy.freeze();
  auto large = numbered(stage.topology.exchange, stage.topology.consumes.front(), 2 * kMessages, 16);
  for (auto& publication : large) publication.body.assign(1 << 20, 'x');
  publisher.publish(std::move(large));
  publisher.stop(std::chrono::milliseconds(200));
  consumer.stop(std::chrono::milliseconds(200));
  CHECK_FALSE(publisher.connected());
  CHECK_FALSE(consumer.connected());
  stage.proxy.thaw();
}

}  // namespace

TEST_CASE("RabbitMQ over TLS: large messages, heartbeats, a lost CA file, a crash and a hang of the broker") {
  TlsStage stage;
  check_large_message(stage);
  check_heartbeats(stage);
  check_ca_file_returns(stage);
  check_broker_crash(stage);
  check_stop_while_frozen(stage);
  stage.publisher.stop(seconds(20));
  stage.consumer.stop(seconds(20));
  check_encrypted(stage.proxy.recorded_from_clients());
  check_encrypted(stage.proxy.recorded_from_server());
}

}  // namespace esteira::test
