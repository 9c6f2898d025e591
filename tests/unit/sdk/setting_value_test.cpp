#include <catch2/catch.hpp>
#include <chrono>
#include <esteira/setting_value.hpp>
#include <string>
#include <vector>

namespace {

using esteira::Settings;
using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

TEST_CASE("integers are parsed and other text is rejected") {
  CHECK(esteira::read_integer("-3") == -3);
  CHECK(esteira::read_integer("9223372036854775807") == 9223372036854775807);
  for (const auto* text : {"", "-", "1.5", "8 ", "+8", "9223372036854775808"}) CHECK_FALSE(esteira::read_integer(text));
}

TEST_CASE("durations are parsed and require a unit") {
  CHECK(esteira::read_duration("250ms") == 250ms);
  CHECK(esteira::read_duration("2s") == 2s);
  CHECK(esteira::read_duration("5m") == 5min);
  CHECK(esteira::read_duration("1h") == 1h);
  for (const auto* text : {"", "2", "s", "-2s", "2 s", "1.5s", "99999999999999999999s", "9223372036854775807h"})
    CHECK_FALSE(esteira::read_duration(text));
}

TEST_CASE("lists are split at commas and trimmed") {
  CHECK(esteira::read_list("a, b,c d ") == std::vector<std::string>{"a", "b", "c d"});
  CHECK(esteira::read_list("") == std::vector<std::string>{});
  for (const auto* text : {",", "a,", ",a", "a,,b", " "}) CHECK_FALSE(esteira::read_list(text));
}

TEST_CASE("booleans are true or false") {
  CHECK(esteira::read_boolean("true") == true);
  CHECK(esteira::read_boolean("false") == false);
  CHECK_FALSE(esteira::read_boolean("1"));
}

TEST_CASE("an undeclared key or type of a setting throws logic_error") {
  const Settings settings({{"DELAY", Settings::Value(2000ms)}});
  CHECK(settings.duration("DELAY") == 2s);
  CHECK_THROWS_AS(settings.duration("SPEED"), std::logic_error);
  CHECK_THROWS_AS(settings.text("DELAY"), std::logic_error);
}

}  // namespace
