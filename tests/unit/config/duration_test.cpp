#include <catch2/catch.hpp>

#include "runtime/config/config.hpp"

using esteira::runtime::format_duration;
using esteira::runtime::parse_duration;
using std::chrono::milliseconds;

TEST_CASE("a duration has a number and a unit") {
  CHECK(parse_duration("250ms") == milliseconds(250));
  CHECK(parse_duration("2s") == milliseconds(2000));
  CHECK(parse_duration("5m") == milliseconds(300'000));
  CHECK(parse_duration("1h") == milliseconds(3'600'000));
  CHECK(parse_duration("1d") == milliseconds(86'400'000));
}

TEST_CASE("an invalid duration is refused") {
  const auto* text =
      GENERATE("", "5", "s", "-1s", "1.5s", "1 s", "1w", "99999999999999999999s", "9223372036854775807d");
  CHECK_THROWS_AS(parse_duration(text), std::invalid_argument);
}

TEST_CASE("a duration is written in the largest unit that fits") {
  CHECK(format_duration(milliseconds(0)) == "0s");
  CHECK(format_duration(milliseconds(1)) == "1ms");
  CHECK(format_duration(milliseconds(1500)) == "1500ms");
  CHECK(format_duration(milliseconds(90'000)) == "90s");
  CHECK(format_duration(milliseconds(3'600'000)) == "1h");
  CHECK(format_duration(milliseconds(172'800'000)) == "2d");
}
