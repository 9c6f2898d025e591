#include "host/timers.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <memory>
#include <stdexcept>

using esteira::host::Timers;
using std::chrono::milliseconds;

namespace {

constexpr std::chrono::seconds kLong{30};

}  // namespace

TEST_CASE("timers call in the order of their times") {
  std::promise<std::string> told;
  std::string order;
  Timers timers;
  const auto now = Timers::Clock::now();
  timers.schedule(now + milliseconds(40), [&] { told.set_value(order + "b"); });
  timers.schedule(now + milliseconds(20), [&] { order += "a"; });
  auto future = told.get_future();
  REQUIRE(future.wait_for(kLong) == std::future_status::ready);
  CHECK(future.get() == "ab");
}

TEST_CASE("a cancelled timer is not called, and lets go of what it held") {
  Timers timers;
  auto held = std::make_shared<int>(1);
  const auto id = timers.schedule(Timers::Clock::now() + kLong, [held] {});
  CHECK(held.use_count() == 2);
  CHECK(timers.cancel(id));
  CHECK(held.use_count() == 1);
  CHECK_FALSE(timers.cancel(id));
}

TEST_CASE("a timer is called on time though the thread sleeps for a later one") {
  Timers timers;
  std::promise<void> called;
  timers.schedule(Timers::Clock::now() + 2 * kLong, [] {});
  timers.schedule(Timers::Clock::now() + milliseconds(5), [&] { called.set_value(); });
  CHECK(called.get_future().wait_for(kLong) == std::future_status::ready);
}

TEST_CASE("a timer is called though an earlier one was cancelled") {
  Timers timers;
  std::promise<void> called;
  const auto id = timers.schedule(Timers::Clock::now() + milliseconds(5), [] {});
  timers.schedule(Timers::Clock::now() + milliseconds(10), [&] { called.set_value(); });
  timers.cancel(id);
  CHECK(called.get_future().wait_for(kLong) == std::future_status::ready);
}

TEST_CASE("a timer's task may schedule the next") {
  Timers timers;
  std::promise<void> called;
  timers.schedule(Timers::Clock::now() + milliseconds(5),
                  [&] { timers.schedule(Timers::Clock::now() + milliseconds(5), [&] { called.set_value(); }); });
  CHECK(called.get_future().wait_for(kLong) == std::future_status::ready);
}

TEST_CASE("a timer's task that throws does not end the others") {
  Timers timers;
  std::promise<void> called;
  timers.schedule(Timers::Clock::now(), [] { throw std::runtime_error("no"); });
  timers.schedule(Timers::Clock::now() + milliseconds(1), [&] { called.set_value(); });
  CHECK(called.get_future().wait_for(kLong) == std::future_status::ready);
}

TEST_CASE("stopped timers drop what comes") {
  Timers timers;
  timers.stop();
  auto held = std::make_shared<int>(1);
  timers.schedule(Timers::Clock::now(), [held] {});
  CHECK(held.use_count() == 1);
}
