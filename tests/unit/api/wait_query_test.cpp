#include "api/wait_query.hpp"

#include <catch2/catch.hpp>

using esteira::api::parse_wait;
using std::chrono::milliseconds;

TEST_CASE("wait is a duration of at most 20 seconds, and nothing without it") {
  CHECK(std::get<milliseconds>(parse_wait("")) == milliseconds(0));
  CHECK(std::get<milliseconds>(parse_wait("other=1&waiting=2")) == milliseconds(0));
  CHECK(std::get<milliseconds>(parse_wait("wait=20s")) == milliseconds(20'000));
  CHECK(std::get<milliseconds>(parse_wait("a=b&wait=500ms")) == milliseconds(500));
  CHECK(std::get<milliseconds>(parse_wait("wait=%31s&")) == milliseconds(1000));
}

TEST_CASE("a wait that is no duration, too long or given twice is a violation of its parameter") {
  const auto* query = GENERATE("wait", "wait=", "wait=20", "wait=21s", "wait=-1s", "wait=forever", "wait=%", "wait=1h",
                               "wait=1s&wait=1s", "wait=1s&wait=x");
  CAPTURE(query);
  const auto parsed = parse_wait(query);
  REQUIRE(parsed.index() == 1);
  CHECK(std::get<1>(parsed).at(0).parameter == "wait");
}
