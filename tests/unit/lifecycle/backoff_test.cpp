#include "runtime/lifecycle/backoff.hpp"

#include <catch2/catch.hpp>

using std::chrono::milliseconds;

TEST_CASE("waits double up to the most, less a little") {
  esteira::runtime::Backoff backoff(milliseconds(100), milliseconds(300));
  for (const int full : {100, 200, 300, 300}) {
    const auto wait = backoff.next();
    CHECK(wait <= milliseconds(full));
    CHECK(wait >= milliseconds(full * 3 / 4));
  }
}

TEST_CASE("after a reset waits are short again") {
  esteira::runtime::Backoff backoff(milliseconds(100), milliseconds(10'000));
  for (int i = 0; i < 5; ++i) backoff.next();
  backoff.reset();
  CHECK(backoff.next() <= milliseconds(100));
}
