#include "runtime/lifecycle/backoff.hpp"

#include <catch2/catch.hpp>

using std::chrono::milliseconds;

TEST_CASE("backoff delays double up to the maximum, minus a jitter of up to a quarter") {
  esteira::runtime::Backoff backoff(milliseconds(100), milliseconds(300));
  for (const int full : {100, 200, 300, 300}) {
    const auto delay = backoff.next();
    CHECK(delay <= milliseconds(full));
    CHECK(delay >= milliseconds(full * 3 / 4));
  }
}

TEST_CASE("after a reset the backoff starts with the first delay") {
  esteira::runtime::Backoff backoff(milliseconds(100), milliseconds(10'000));
  for (int i = 0; i < 5; ++i) backoff.next();
  backoff.reset();
  CHECK(backoff.next() <= milliseconds(100));
}
