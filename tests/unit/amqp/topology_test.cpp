#include "runtime/amqp/topology.hpp"

#include <catch2/catch.hpp>

namespace amqp = esteira::runtime::amqp;

TEST_CASE("queue names are made of exchange and stage") {
  CHECK(amqp::stage_queue("orders", "enrich") == "orders.enrich");
  CHECK(amqp::dead_queue("orders", "enrich") == "orders.enrich.dead");
  CHECK(amqp::retry_queue("orders", "enrich", std::chrono::milliseconds(1000)) == "orders.enrich.retry.1000");
}
