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

TEST_CASE("tasks are called in the order of their times") {
  std::promise<std::string> called_both;
  std::string order;
  Timers timers;
  const auto now = Timers::Clock::now();
  timers.schedule(now + milliseconds(40), [&] { called_both.set_value(order + "b"); });
  timers.schedule(now + milliseconds(20), [&] { order += "a"; });
  auto future = called_both.get_future();
  REQUIRE(future.wait_for(kLong) == std::future_status::ready);
  CHECK(future.get() == "ab");
}

TEST_CASE("a cancelled task is destroyed without being called") {
  Timers timers;
  auto held = std::make_shared<int>(1);
  const auto id = timers.schedule(Timers::Clock::now() + kLong, [held] {});
  CHECK(held.use_count() == 2);
  CHECK(timers.cancel(id));
  CHECK(held.use_count() == 1);
  CHECK_FALSE(timers.cancel(id));
}

TEST_CASE("a task is called on time when a later one was scheduled first") {
  Timers timers;
  std::promise<void> called;
  timers.schedule(Timers::Clock::now() + 2 * kLong, [] {});
  timers.schedule(Timers::Clock::now() + milliseconds(5), [&] { called.set_value(); });
  CHECK(called.get_future().wait_for(kLong) == std::future_status::ready);
}

TEST_CASE("a task is called when an earlier one was cancelled") {
  Timers timers;
  std::promise<void> called;
  const auto id = timers.schedule(Timers::Clock::now() + milliseconds(5), [] {});
  timers.schedule(Timers::Clock::now() + milliseconds(10), [&] { called.set_value(); });
  timers.cancel(id);
  CHECK(called.get_future().wait_for(kLong) == std::future_status::ready);
}

TEST_CASE("a task can schedule another") {
  Timers timers;
  std::promise<void> called;
  timers.schedule(Timers::Clock::now() + milliseconds(5),
                  [&] { timers.schedule(Timers::Clock::now() + milliseconds(5), [&] { called.set_value(); }); });
  CHECK(called.get_future().wait_for(kLong) == std::future_status::ready);
}

TEST_CASE("a task that throws does not prevent the others") {
  Timers timers;
  std::promise<void> called;
  timers.schedule(Timers::Clock::now(), [] { throw std::runtime_error("no"); });
  timers.schedule(Timers::Clock::now() + milliseconds(1), [&] { called.set_value(); });
  CHECK(called.get_future().wait_for(kLong) == std::future_status::ready);
}

TEST_CASE("stopped timers drop new tasks") {
  Timers timers;
  timers.stop();
  auto held = std::make_shared<int>(1);
  timers.schedule(Timers::Clock::now(), [held] {});
  CHECK(held.use_count() == 1);
}
