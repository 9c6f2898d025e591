#include "host/in_flight.hpp"

#include <catch2/catch.hpp>

using esteira::host::InFlight;
using Deliveries = std::vector<esteira::runtime::amqp::DeliveryId>;

TEST_CASE("a message in flight gives back its delivery once") {
  InFlight in_flight;
  const auto token = in_flight.add({"a"}, {1, 7});
  REQUIRE(token);
  CHECK(in_flight.size() == 1);
  CHECK(in_flight.finish({*token}) == Deliveries{{1, 7}});
  CHECK(in_flight.finish({*token}).empty());
  CHECK(in_flight.size() == 0);
}

TEST_CASE("a message that comes twice on one connection is acknowledged twice") {
  InFlight in_flight;
  const auto token = in_flight.add({"a"}, {1, 7});
  CHECK_FALSE(in_flight.add({"a"}, {1, 9}));
  CHECK(in_flight.finish({*token}) == Deliveries{{1, 7}, {1, 9}});
}

TEST_CASE("a message that comes again after a reconnect is acknowledged there") {
  InFlight in_flight;
  const auto token = in_flight.add({"a"}, {1, 7});
  CHECK_FALSE(in_flight.add({"a"}, {2, 1}));
  CHECK(in_flight.size() == 1);
  CHECK(in_flight.finish({*token}) == Deliveries{{2, 1}});
}

TEST_CASE("a message that left can come again") {
  InFlight in_flight;
  const auto first = in_flight.add({"a"}, {1, 1});
  in_flight.finish({*first});
  const auto second = in_flight.add({"a"}, {1, 2});
  REQUIRE(second);
  CHECK(*second != *first);
}

TEST_CASE("messages without a key never stand for each other") {
  InFlight in_flight;
  const auto first = in_flight.add({}, {1, 1});
  const auto second = in_flight.add({}, {1, 2});
  REQUIRE((first && second));
  CHECK(in_flight.finish({*first, *second}) == Deliveries{{1, 1}, {1, 2}});
}
