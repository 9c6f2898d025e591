#include "host/breaker_state.hpp"

#include <catch2/catch.hpp>

#include "runtime/config/config.hpp"

using esteira::host::BreakerState;
using esteira::host::BreakerThreshold;
using esteira::runtime::ConfigError;
using namespace std::chrono_literals;

namespace {

/// A breaker with a clock that the test moves. Each order is a number; its message has the same one.
struct ClockedBreaker {
  explicit ClockedBreaker(BreakerThreshold threshold = {}) : state({threshold, 5s, 64}) {}

  bool result(std::size_t order, bool is_failure, std::optional<std::chrono::milliseconds> delay = {}) {
    return state.accept({order, order, is_failure, now, delay}, now);
  }
  bool fail_again(std::size_t order) { return state.accept({order, order, true, now, {}, true}, now); }
  bool answer(std::size_t order) { return result(order, false); }
  bool fail(std::size_t order, std::optional<std::chrono::milliseconds> delay = {}) {
    return result(order, true, delay);
  }
  void fail_each(std::size_t first, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) fail(first + i);
  }
  void await_probe() {
    now = std::max(now, state.probe_at());
    REQUIRE(state.is_probe_due(now));
  }
  bool probe(std::size_t order, bool is_failure, std::optional<std::chrono::milliseconds> delay = {}) {
    await_probe();
    state.start_probe(order);
    REQUIRE(state.state() == BreakerState::State::half_open);
    return result(order, is_failure, delay);
  }

  BreakerState::Time now = BreakerState::Time() + 1h;
  BreakerState state;
};

void open_and_probe(ClockedBreaker& breaker) {
  breaker.fail_each(1, 10);
  REQUIRE(breaker.state.state() == BreakerState::State::open);
  REQUIRE(breaker.probe(100, false));
  REQUIRE(breaker.state.state() == BreakerState::State::closed);
}

}  // namespace

TEST_CASE("ten failures in a row open the breaker, also when nothing ever succeeded") {
  ClockedBreaker breaker;
  breaker.fail_each(1, 9);
  CHECK(breaker.state.state() == BreakerState::State::closed);
  CHECK(breaker.fail(10));  // an attempt of those that opened it
  CHECK(breaker.state.state() == BreakerState::State::open);
  CHECK(breaker.state.reason() == "10 failures in a row");
  CHECK(breaker.state.places() == 0);
}

TEST_CASE("half of the last twenty results open the breaker, and fewer do not") {
  ClockedBreaker breaker;
  for (std::size_t i = 0; i < 100; ++i) breaker.result(i, i % 5 < 2);
  CHECK(breaker.state.state() == BreakerState::State::closed);
  for (std::size_t i = 100; i < 120; ++i) breaker.result(i, i % 2 == 0);
  CHECK(breaker.state.state() == BreakerState::State::open);
  CHECK(breaker.state.reason() == "10 failures among the last 20 results");
}

TEST_CASE("one order that fails again and again does not open the breaker") {
  ClockedBreaker breaker;
  for (int attempt = 0; attempt < 100; ++attempt) CHECK(breaker.fail(7));
  CHECK(breaker.state.state() == BreakerState::State::closed);
  breaker.fail_each(10, 8);
  CHECK(breaker.state.state() == BreakerState::State::closed);
  breaker.fail(18);
  CHECK(breaker.state.state() == BreakerState::State::open);
}

TEST_CASE("one order of five that fails at each of its four attempts does not open the breaker for the others") {
  ClockedBreaker breaker;
  for (std::size_t order = 100; order < 300; ++order) {
    breaker.answer(1);
    breaker.fail(order);
    for (std::size_t attempt = 2; attempt <= 4; ++attempt) {
      breaker.answer(1);
      breaker.fail_again(order - 20 * attempt);
    }
    REQUIRE(breaker.state.state() == BreakerState::State::closed);
  }
}

TEST_CASE("repeated attempts of ten orders that fail in a row open the breaker") {
  ClockedBreaker breaker;
  for (std::size_t order = 0; order < 9; ++order) breaker.fail_again(order);
  breaker.fail_again(0);
  CHECK(breaker.state.state() == BreakerState::State::closed);
  breaker.fail_again(9);
  CHECK(breaker.state.state() == BreakerState::State::open);
  CHECK(breaker.state.reason() == "10 failures in a row");
}

TEST_CASE("the wait for a probe doubles from 5 s to 60 s, with jitter") {
  ClockedBreaker breaker;
  breaker.fail_each(1, 10);
  for (const auto full : {5s, 10s, 20s, 40s, 60s, 60s, 60s}) {
    const auto wait = breaker.state.probe_at() - breaker.now;
    CHECK(wait <= full);
    CHECK(wait >= full * 3 / 4);
    CHECK_FALSE(breaker.state.is_probe_due(breaker.now));
    CHECK_FALSE(breaker.probe(1, true));  // no attempt
    CHECK(breaker.state.state() == BreakerState::State::open);
    CHECK(breaker.state.reason() == "the probe failed");
  }
}

TEST_CASE("a wait is no shorter than the delay that a handler asked for") {
  ClockedBreaker breaker;
  breaker.fail_each(1, 9);
  breaker.fail(10, 90s);
  CHECK(breaker.state.probe_at() == breaker.now + 90s);
  CHECK_FALSE(breaker.probe(1, true, 3min));
  CHECK(breaker.state.probe_at() == breaker.now + 3min);
  CHECK_FALSE(breaker.probe(1, true, 48h));
  CHECK(breaker.state.probe_at() == breaker.now + BreakerState::kMaxRequestedWait);
}

TEST_CASE("handlers that began before the breaker opened say nothing about the time after it") {
  ClockedBreaker breaker;
  const auto began = breaker.now;
  breaker.now += 1s;
  breaker.fail_each(1, 10);
  const auto result = [&](std::size_t order, bool is_failure) {
    return breaker.state.accept({order, order, is_failure, began}, breaker.now);
  };
  CHECK(result(20, false));
  CHECK(breaker.state.state() == BreakerState::State::open);
  CHECK_FALSE(result(21, true));  // no attempt
  breaker.await_probe();
  breaker.state.start_probe(1);
  CHECK(result(22, false));
  CHECK_FALSE(result(23, true));
  CHECK(breaker.state.state() == BreakerState::State::half_open);
  breaker.answer(1);
  CHECK(breaker.state.state() == BreakerState::State::closed);
  for (std::size_t order = 30; order < 60; ++order) CHECK_FALSE(result(order, true));
  CHECK(breaker.state.state() == BreakerState::State::closed);
}

TEST_CASE("after an answered probe as many handlers may run as have answered, doubling with each round") {
  ClockedBreaker breaker;
  open_and_probe(breaker);
  std::size_t order = 200;
  for (const std::size_t expected : {1U, 2U, 4U, 8U, 16U, 32U}) {
    CHECK_FALSE(breaker.state.is_free());
    REQUIRE(breaker.state.places() == expected);
    for (std::size_t i = 0; i < expected; ++i) breaker.state.start();
    CHECK(breaker.state.places() == 0);
    for (std::size_t i = 0; i < expected; ++i) breaker.answer(order++);
  }
  CHECK(breaker.state.is_free());
}

TEST_CASE("of answers that are late, a whole round lets one more handler run") {
  ClockedBreaker breaker;
  open_and_probe(breaker);
  const auto round = [&](std::size_t handlers, std::chrono::milliseconds duration) {
    const auto began = breaker.now;
    for (std::size_t i = 0; i < handlers; ++i) breaker.state.start();
    breaker.now += duration;
    for (std::size_t i = 0; i < handlers; ++i) breaker.state.accept({200, 200, false, began}, breaker.now);
  };
  for (const std::size_t expected : {1U, 2U, 4U}) {
    REQUIRE(breaker.state.places() == expected);
    round(expected, 30ms);
  }
  for (const std::size_t expected : {8U, 9U, 10U}) {
    REQUIRE(breaker.state.places() == expected);
    round(expected, 5s);
  }
  round(11, 50ms);
  CHECK(breaker.state.places() == 22);
}

TEST_CASE("a failure right after the probe opens the breaker again and waits longer") {
  ClockedBreaker breaker;
  open_and_probe(breaker);
  breaker.state.start();
  CHECK(breaker.fail(200));
  CHECK(breaker.state.state() == BreakerState::State::open);
  CHECK(breaker.state.probe_at() - breaker.now > 5s);
}

TEST_CASE("one order that fails among many answers does not open a recovering breaker") {
  ClockedBreaker breaker;
  open_and_probe(breaker);
  for (std::size_t order = 200; order < 204; ++order) {
    breaker.state.start();
    breaker.answer(order);
  }
  breaker.state.start();
  CHECK(breaker.fail(300));
  CHECK(breaker.state.state() == BreakerState::State::closed);
  CHECK(breaker.state.places() == 5);
}

TEST_CASE("the wait is short again after a recovery") {
  ClockedBreaker breaker;
  breaker.fail_each(1, 10);
  for (int i = 0; i < 5; ++i) breaker.probe(1, true);
  breaker.probe(1, false);
  for (std::size_t order = 200; order < 210; ++order) breaker.answer(order);
  breaker.fail_each(300, 10);
  REQUIRE(breaker.state.state() == BreakerState::State::open);
  CHECK(breaker.state.probe_at() - breaker.now <= 5s);
}

TEST_CASE("a recovery ends when nothing waits") {
  ClockedBreaker breaker;
  open_and_probe(breaker);
  breaker.state.end_recovery();
  CHECK(breaker.state.is_free());
  breaker.fail(200);
  CHECK(breaker.state.state() == BreakerState::State::closed);
}

TEST_CASE("a breaker that is off takes every failure as an attempt") {
  ClockedBreaker breaker(BreakerThreshold::parse("off"));
  for (std::size_t order = 0; order < 100; ++order) CHECK(breaker.fail(order));
  CHECK(breaker.state.state() == BreakerState::State::closed);
  breaker.state.recover();  // after a pause by hand
  CHECK(breaker.state.places() == 1);
  breaker.state.start();
  breaker.fail(1);
  CHECK(breaker.state.places() == 2);
}

TEST_CASE("a threshold is read from FAILURES/RESULTS, and anything else is refused") {
  CHECK(BreakerThreshold::parse("3/7").failures == 3);
  CHECK(BreakerThreshold::parse("3/7").window == 7);
  CHECK(BreakerThreshold::parse("off").failures == 0);
  for (const auto* text : {"", "10", "0/20", "21/20", "10/1001", "-1/5", "5/x", "on", "10/20/30"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(BreakerThreshold::parse(text), ConfigError);
  }
}
