#include "tests/support/broker.hpp"

#include <catch2/catch.hpp>

#include "tests/support/names.hpp"
#include "tests/support/wait.hpp"

namespace esteira::test {

TEST_CASE("Broker gets what it published, with its headers", "[support]") {
  Broker broker;
  const auto exchange = unique_name("support");
  broker.declare_queue(exchange, exchange, "a.#");
  broker.publish(exchange, "a.b", "{}", {{"x-test", "yes"}});
  const auto got = broker.get(exchange);
  REQUIRE(got);
  CHECK(got->body == "{}");
  CHECK(got->routing_key == "a.b");
  CHECK(got->headers.at("x-test") == "yes");
  CHECK_FALSE(got->redelivered);
  broker.remove_queue(exchange);
  broker.remove_exchange(exchange);
}

TEST_CASE("Broker counts, purges and deletes a queue", "[support]") {
  Broker broker;
  const auto queue = unique_name("support");
  CHECK_FALSE(broker.has_queue(queue));
  broker.declare_queue(queue);
  broker.publish("", queue, "{}");
  CHECK(wait_until([&] { return broker.count(queue) == 1; }));
  broker.purge(queue);
  CHECK(wait_until([&] { return broker.count(queue) == 0; }));
  broker.remove_queue(queue);
  CHECK_FALSE(broker.has_queue(queue));
}

}  // namespace esteira::test
