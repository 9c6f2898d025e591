#include <catch2/catch.hpp>
#include <string_view>

#include "runtime/amqp/channel.hpp"
#include "runtime/amqp/connection.hpp"
#include "runtime/amqp/queue_reader.hpp"
#include "tests/integration/amqp/delivery_log.hpp"
#include "tests/integration/amqp/stage_fixture.hpp"
#include "tests/support/server_url.hpp"

namespace esteira::test {
namespace {

using runtime::amqp::Channel;
using runtime::amqp::QueueReader;
using std::chrono::seconds;
using std::string_view_literals::operator""sv;

/// A method frame on channel 1, from its channel number on: the size of the payload is left out.
std::size_t find_method(const std::string& bytes, std::string_view class_and_method) {
  for (auto at = bytes.find(class_and_method); at != std::string::npos; at = bytes.find(class_and_method, at + 1)) {
    constexpr std::size_t kHead = 7;
    if (at >= kHead && bytes.substr(at - kHead, 3) == "\x01\x00\x01"sv) return at;
  }
  return std::string::npos;
}

constexpr auto kCancel = "\x00\x3C\x00\x1E"sv;
/// Delivery tag 0 (all), with the bits `multiple` and `requeue`.
constexpr auto kNackAll = "\x00\x3C\x00\x78\x00\x00\x00\x00\x00\x00\x00\x00\x03"sv;
constexpr auto kChannelClose = "\x00\x14\x00\x28"sv;

}  // namespace

TEST_CASE("a channel returns its unacknowledged messages before it closes") {
  StageFixture fixture;
  fixture.broker.declare_queue(fixture.queue());
  for (const auto* body : {"one", "two", "three"}) fixture.broker.publish("", fixture.queue(), body);
  runtime::amqp::Connection connection({.url = test_broker_url(), .name = "test requeue"});
  Channel channel(connection);
  const auto first = channel.get(fixture.queue());
  REQUIRE(channel.get(fixture.queue()));
  REQUIRE(channel.get(fixture.queue()));
  channel.ack(first.value().id.tag, false);
  channel.requeue_unacknowledged();
  CHECK(wait_until([&] { return fixture.broker.count(fixture.queue()) == 2; }));
  channel.requeue_unacknowledged();  // of nothing
  channel.close();
  connection.close();
  CHECK(fixture.broker.get(fixture.queue()).value().body == "two");
}

TEST_CASE("a stopping consumer cancels, acknowledges and requeues before it closes its channel") {
  const bool cancelled_before = GENERATE(false, true);
  StageFixture fixture;
  runtime::Metrics metrics;
  DeliveryLog log;
  auto proxy = proxy_to(rabbitmq_url());
  auto options = fixture.consumer_options();
  options.url = test_broker_url_through(proxy.port());
  options.prefetch = 3;
  runtime::amqp::Consumer consumer(options, log.keep(), metrics);
  consumer.start();
  REQUIRE(wait_until([&] { return consumer.connected(); }));
  for (const auto* body : {"one", "two", "three", "four"}) fixture.put(body);
  REQUIRE(log.await(3));
  proxy.record();
  if (cancelled_before) consumer.stop_receiving(seconds(20));
  if (cancelled_before) consumer.ack(log.ids().at(1));
  consumer.stop(seconds(20));

  const auto sent = proxy.recorded_from_clients();
  const auto nack = find_method(sent, kNackAll);
  REQUIRE(nack != std::string::npos);
  CHECK(find_method(sent, kCancel) < nack);
  CHECK(nack < find_method(sent, kChannelClose));
  CHECK(log.count() == 3);
  std::vector<std::string> left;
  for (auto got = fixture.broker.get(fixture.queue()); got; got = fixture.broker.get(fixture.queue(), seconds(0)))
    left.push_back(got->body);
  if (cancelled_before) {
    CHECK(left == std::vector<std::string>{"one", "three", "four"});
  } else {
    CHECK(left == std::vector<std::string>{"one", "two", "three", "four"});
  }
}

TEST_CASE("a queue reader returns what was not taken before it closes its channel") {
  const bool destroyed = GENERATE(false, true);
  StageFixture fixture;
  fixture.broker.declare_queue(fixture.queue());
  for (std::size_t i = 0; i < QueueReader::kMaxTaken; ++i)
    fixture.broker.publish("", fixture.queue(), std::to_string(i));
  auto proxy = proxy_to(rabbitmq_url());
  proxy.record();
  {
    QueueReader reader(test_broker_url_through(proxy.port()), "test reader", fixture.queue());
    while (auto delivery = reader.next()) {
      if (delivery->body == "1") reader.take(*delivery);
    }
    if (!destroyed) reader.close();
  }
  const auto sent = proxy.recorded_from_clients();
  CHECK(find_method(sent, kNackAll) < find_method(sent, kChannelClose));
  CHECK(wait_until([&] { return fixture.broker.count(fixture.queue()) == QueueReader::kMaxTaken - 1; }));
  CHECK(fixture.broker.get(fixture.queue()).value().body == "0");
  CHECK(fixture.broker.get(fixture.queue()).value().body == "2");
}

}  // namespace esteira::test
