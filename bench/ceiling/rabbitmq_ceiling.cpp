#include <algorithm>
#include <array>
#include <future>
#include <string>
#include <vector>

#include "bench/ceiling/bare_broker.hpp"
#include "bench/ceiling/ceilings.hpp"
#include "bench/ceiling/sample_order.hpp"
#include "runtime/orders/envelope/envelope.hpp"

namespace esteira::bench {
namespace {

constexpr std::array<const char*, 3> kQueues{"bench.process", "bench.enrich", "bench.finalize"};

void publish_all(const std::string& url, std::size_t orders, std::size_t batch) {
  BareBroker broker(url);
  broker.confirm_select();
  for (std::size_t first = 0; first < orders; first += batch) {
    for (auto number = first; number < std::min(orders, first + batch); ++number) {
      broker.publish(kQueues.front(), runtime::orders::write_envelope(sample_order(number)));
    }
    broker.await_confirms();
  }
}

/// Uses two connections, because RabbitMQ does not read from the connection of a blocked publisher.
void forward_all(const std::string& url, std::size_t hop, std::size_t orders, std::size_t batch) {
  BareBroker consumer(url);
  BareBroker publisher(url);
  publisher.confirm_select();
  consumer.consume(kQueues[hop], static_cast<std::uint16_t>(2 * batch));
  for (std::size_t passed = 0; passed < orders;) {
    const auto bodies = consumer.receive(batch);
    if (hop + 1 < kQueues.size()) {
      for (const auto& body : bodies) publisher.publish(kQueues[hop + 1], body);
      publisher.await_confirms();
    }
    consumer.acknowledge();
    passed += bodies.size();
  }
}

}  // namespace

void run_rabbitmq_ceiling(const std::string& url, std::size_t orders, std::size_t batch) {
  BareBroker broker(url);
  for (const auto* queue : kQueues) broker.declare(queue);
  std::vector<std::future<void>> hops;
  hops.reserve(kQueues.size() + 1);
  hops.push_back(std::async(std::launch::async, [&] { publish_all(url, orders, batch); }));
  for (std::size_t hop = 0; hop < kQueues.size(); ++hop) {
    hops.push_back(std::async(std::launch::async, [&, hop] { forward_all(url, hop, orders, batch); }));
  }
  for (auto& hop : hops) hop.get();
  for (const auto* queue : kQueues) broker.remove(queue);
}

}  // namespace esteira::bench
