#include <catch2/catch.hpp>
#include <esteira/money.hpp>

using esteira::Money;

TEST_CASE("an amount is read to the cent") {
  CHECK(Money::parse("12") == Money{1200});
  CHECK(Money::parse("12.5") == Money{1250});
  CHECK(Money::parse("-0.05") == Money{-5});
  CHECK(Money::parse("9999999999.99") == Money{esteira::kMaxCents});
}

TEST_CASE("text that is not an amount, or an amount beyond numeric(12,2), is refused") {
  const auto text =
      GENERATE("", "-", ".5", "1.", "1.234", "1,5", "+1", " 1", "1e3", "--1", "1.-5", "10000000000", "NaN");
  CAPTURE(text);
  CHECK_FALSE(Money::parse(text));
}

TEST_CASE("an amount is written with two decimals") {
  CHECK(Money{0}.text() == "0.00");
  CHECK(Money{5}.text() == "0.05");
  CHECK(Money{-1250}.text() == "-12.50");
  CHECK(Money{INT64_MIN}.text() == "-92233720368547758.08");
}
