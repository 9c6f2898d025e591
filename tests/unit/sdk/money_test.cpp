#include <catch2/catch.hpp>
#include <cstdint>
#include <esteira/money.hpp>
#include <limits>

using esteira::Money;

TEST_CASE("money is parsed with up to two decimals") {
  CHECK(Money::parse("12") == Money{1200});
  CHECK(Money::parse("12.5") == Money{1250});
  CHECK(Money::parse("-0.05") == Money{-5});
  CHECK(Money::parse("9999999999.99") == Money{esteira::kMaxCents});
}

TEST_CASE("invalid or too large amounts are not parsed") {
  for (const auto* text : {"", "-", ".5", "5.", "1.234", "1,5", " 1", "1e3", "+1", "0x1", "10000000000"}) {
    INFO(text);
    CHECK_FALSE(Money::parse(text));
  }
}

TEST_CASE("money is printed with two decimals") {
  CHECK(Money{1250}.text() == "12.50");
  CHECK(Money{5}.text() == "0.05");
  CHECK(Money{-5}.text() == "-0.05");
  CHECK(Money{0}.text() == "0.00");
  CHECK(Money{std::numeric_limits<std::int64_t>::max()}.text() == "92233720368547758.07");
  CHECK(Money{std::numeric_limits<std::int64_t>::min()}.text() == "-92233720368547758.08");
}
