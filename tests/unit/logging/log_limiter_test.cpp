#include "runtime/logging/log_limiter.hpp"

#include <catch2/catch.hpp>

using esteira::runtime::LogLimiter;

TEST_CASE("a log limiter admits each key once in its period") {
  LogLimiter hour(std::chrono::hours(1), 10);
  CHECK(hour.admit("a"));
  CHECK_FALSE(hour.admit("a"));
  CHECK(hour.admit("b"));
  LogLimiter none(std::chrono::seconds(0), 10);
  CHECK(none.admit("a"));
  CHECK(none.admit("a"));
}

TEST_CASE("a log limiter admits a limited number of keys in its period") {
  LogLimiter limiter(std::chrono::hours(1), 3);
  int admitted = 0;
  for (int key = 0; key < 100; ++key) admitted += limiter.admit(std::to_string(key)) ? 1 : 0;
  CHECK(admitted == 3);
}
