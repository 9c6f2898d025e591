#include "host/in_flight.hpp"

#include <catch2/catch.hpp>

using esteira::host::InFlight;
using Deliveries = std::vector<esteira::runtime::amqp::DeliveryId>;

TEST_CASE("a finished message returns its delivery once") {
  InFlight in_flight;
  const auto token = in_flight.add({"a"}, {1, 7});
  REQUIRE(token);
  CHECK(in_flight.size() == 1);
  CHECK(in_flight.finish({*token}) == Deliveries{{1, 7}});
  CHECK(in_flight.finish({*token}).empty());
  CHECK(in_flight.size() == 0);
}

TEST_CASE("a message delivered twice on one connection is acknowledged twice") {
  InFlight in_flight;
  const auto token = in_flight.add({"a"}, {1, 7});
  CHECK_FALSE(in_flight.add({"a"}, {1, 9}));
  CHECK(in_flight.finish({*token}) == Deliveries{{1, 7}, {1, 9}});
}

TEST_CASE("a message redelivered after a reconnect is acknowledged on the new connection only") {
  InFlight in_flight;
  const auto token = in_flight.add({"a"}, {1, 7});
  CHECK_FALSE(in_flight.add({"a"}, {2, 1}));
  CHECK(in_flight.size() == 1);
  CHECK(in_flight.finish({*token}) == Deliveries{{2, 1}});
}

TEST_CASE("a finished message can be added again") {
  InFlight in_flight;
  const auto first = in_flight.add({"a"}, {1, 1});
  in_flight.finish({*first});
  const auto second = in_flight.add({"a"}, {1, 2});
  REQUIRE(second);
  CHECK(*second != *first);
}

TEST_CASE("two messages without a key are never the same") {
  InFlight in_flight;
  const auto first = in_flight.add({}, {1, 1});
  const auto second = in_flight.add({}, {1, 2});
  REQUIRE((first && second));
  CHECK(in_flight.finish({*first, *second}) == Deliveries{{1, 1}, {1, 2}});
}

TEST_CASE("the totals and keys of messages in flight leave out finished ones") {
  InFlight in_flight;
  const auto first = in_flight.add({"a", 1, 2}, {1, 1});
  in_flight.add({}, {1, 2});
  CHECK(in_flight.totals().messages == 2);
  CHECK(in_flight.keys() == std::vector<InFlight::Key>{{"a", 1, 2}});
  in_flight.finish({*first});
  CHECK(in_flight.totals().messages == 1);
  CHECK(in_flight.keys().empty());
}
