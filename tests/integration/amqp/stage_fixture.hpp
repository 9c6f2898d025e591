#pragma once
#include <chrono>
#include <string>

#include "runtime/amqp/broker_url.hpp"
#include "runtime/amqp/consumer.hpp"
#include "runtime/amqp/publisher.hpp"
#include "runtime/amqp/topology.hpp"
#include "tests/support/broker.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/names.hpp"

namespace esteira::test {

inline runtime::amqp::BrokerUrl test_broker_url() { return runtime::amqp::BrokerUrl::parse(rabbitmq_url()); }

/// The test broker behind a proxy that listens on this port of 127.0.0.1.
inline runtime::amqp::BrokerUrl test_broker_url_through(std::uint16_t port) {
  auto url = test_broker_url();
  url.hosts = {{"127.0.0.1", port}};
  return url;
}

/// An exchange with one stage in the test broker. The destructor removes the exchange and all its queues.
struct StageFixture {
  StageFixture() = default;
  StageFixture(const StageFixture&) = delete;
  StageFixture& operator=(const StageFixture&) = delete;
  ~StageFixture() {
    remove(queue());
    remove(dead());
    for (const auto delay : topology.retry_delays) remove(retry(delay));
    try {
      broker.remove_exchange(topology.exchange);
    } catch (const std::exception&) {
      // It was never declared.
    }
  }

  [[nodiscard]] std::string queue() const { return runtime::amqp::stage_queue(topology.exchange, topology.stage); }
  [[nodiscard]] std::string dead() const { return runtime::amqp::dead_queue(topology.exchange, topology.stage); }
  [[nodiscard]] std::string retry(std::chrono::milliseconds delay) const {
    return runtime::amqp::retry_queue(topology.exchange, topology.stage, delay);
  }

  void put(const std::string& body) { broker.publish(topology.exchange, topology.consumes.front(), body); }

  [[nodiscard]] runtime::amqp::Consumer::Options consumer_options() const {
    runtime::amqp::Consumer::Options options;
    options.url = test_broker_url();
    options.name = "test consumer";
    options.topology = topology;
    return options;
  }

  [[nodiscard]] runtime::amqp::Publisher::Options publisher_options() const {
    runtime::amqp::Publisher::Options options;
    options.url = test_broker_url();
    options.name = "test publisher";
    options.exchange = topology.exchange;
    options.returned_pause = std::chrono::milliseconds(50);
    return options;
  }

  Broker broker;
  runtime::amqp::StageTopology topology{
      .exchange = unique_name("amqp"), .stage = "work", .consumes = {"work.wanted"}, .retry_delays = {}};

 private:
  void remove(const std::string& name) {
    try {
      broker.remove_queue(name);
    } catch (const std::exception&) {
      // It was never declared.
    }
  }
};

}  // namespace esteira::test
