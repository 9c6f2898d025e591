#include "runtime/text/parse_integer.hpp"

#include <catch2/catch.hpp>
#include <cstdint>
#include <limits>

using esteira::runtime::parse_integer;

TEST_CASE("an integer is parsed up to the limits of its type") {
  CHECK(parse_integer<std::int64_t>("0") == 0);
  CHECK(parse_integer<std::int64_t>("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
  CHECK(parse_integer<std::int64_t>("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
  CHECK(parse_integer<std::uint16_t>("65535") == 65'535);
}

TEST_CASE("text that is not an integer of the type is refused") {
  const auto* text = GENERATE("", " 1", "1 ", "+1", "1.0", "1e3", "0x10", "-", "two", "9223372036854775808");
  CHECK_FALSE(parse_integer<std::int64_t>(text).has_value());
  CHECK_FALSE(parse_integer<std::uint16_t>("65536").has_value());
  CHECK_FALSE(parse_integer<std::uint16_t>("-1").has_value());
}
