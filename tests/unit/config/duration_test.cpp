#include <catch2/catch.hpp>

#include "runtime/config/config.hpp"

using esteira::runtime::parse_duration;
using std::chrono::milliseconds;

TEST_CASE("a duration has a number and a unit") {
  CHECK(parse_duration("250ms") == milliseconds(250));
  CHECK(parse_duration("2s") == milliseconds(2000));
  CHECK(parse_duration("5m") == milliseconds(300'000));
  CHECK(parse_duration("1h") == milliseconds(3'600'000));
  CHECK(parse_duration("1d") == milliseconds(86'400'000));
}

TEST_CASE("what is no duration is refused") {
  const auto* text =
      GENERATE("", "5", "s", "-1s", "1.5s", "1 s", "1w", "99999999999999999999s", "9223372036854775807d");
  CHECK_THROWS_AS(parse_duration(text), std::invalid_argument);
}
