#include "host/in_flight.hpp"

#include <catch2/catch.hpp>

using esteira::host::InFlight;
using esteira::runtime::amqp::DeliveryId;

TEST_CASE("a message in flight gives back its delivery once") {
  InFlight in_flight;
  const auto token = in_flight.enter({"a"}, {1, 7});
  REQUIRE(token);
  CHECK(in_flight.size() == 1);
  CHECK(in_flight.leave(*token) == DeliveryId{1, 7});
  CHECK_FALSE(in_flight.leave(*token));
  CHECK(in_flight.size() == 0);
}

TEST_CASE("a copy of a message in flight only brings the delivery to acknowledge") {
  InFlight in_flight;
  const auto token = in_flight.enter({"a"}, {1, 7});
  CHECK_FALSE(in_flight.enter({"a"}, {2, 1}));
  CHECK(in_flight.size() == 1);
  CHECK(in_flight.leave(*token) == DeliveryId{2, 1});
}

TEST_CASE("a message that left can come again") {
  InFlight in_flight;
  const auto first = in_flight.enter({"a"}, {1, 1});
  in_flight.leave(*first);
  const auto second = in_flight.enter({"a"}, {1, 2});
  REQUIRE(second);
  CHECK(*second != *first);
}

TEST_CASE("messages without a key never stand for each other") {
  InFlight in_flight;
  const auto first = in_flight.enter({}, {1, 1});
  const auto second = in_flight.enter({}, {1, 2});
  REQUIRE((first && second));
  CHECK(in_flight.leave(*first) == DeliveryId{1, 1});
  CHECK(in_flight.leave(*second) == DeliveryId{1, 2});
}
