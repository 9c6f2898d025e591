#include "runtime/lifecycle/retry.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>

using esteira::runtime::Backoff;
using esteira::runtime::Outage;
using esteira::runtime::retry_until_done;
using esteira::runtime::StopFlag;
using std::chrono::milliseconds;

namespace {

struct Retry {
  StopFlag stop;
  Outage outage{"work fails", "work succeeds again"};
  int calls = 0;
};

}  // namespace

TEST_CASE("retry_until_done repeats work until it succeeds") {
  Retry retry;
  CHECK(retry_until_done(
      retry.stop, retry.outage,
      [&] {
        if (++retry.calls < 3) throw std::runtime_error("not yet");
      },
      Backoff(milliseconds(1), milliseconds(1))));
  CHECK(retry.calls == 3);
  CHECK_FALSE(retry.outage.recovered());
}

TEST_CASE("a stop ends retry_until_done during its pause") {
  Retry retry;
  CHECK_FALSE(retry_until_done(
      retry.stop, retry.outage,
      [&] {
        ++retry.calls;
        retry.stop.set();
        throw std::runtime_error("never");
      },
      Backoff(std::chrono::hours(1), std::chrono::hours(1))));
  CHECK(retry.calls == 1);
}

TEST_CASE("retry_until_done does not call work once the stop is set") {
  Retry retry;
  retry.stop.set();
  CHECK_FALSE(retry_until_done(retry.stop, retry.outage, [&] { ++retry.calls; }));
  CHECK(retry.calls == 0);
}

TEST_CASE("retry_until_done passes exceptions of other types through") {
  Retry retry;
  const auto work = [&] {
    ++retry.calls;
    throw std::logic_error("a bug");
  };
  CHECK_THROWS_AS(retry_until_done<std::runtime_error>(retry.stop, retry.outage, work), std::logic_error);
  CHECK(retry.calls == 1);
}
