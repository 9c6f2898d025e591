#include "host/owner_watch.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using esteira::host::OwnerWatch;
using State = esteira::host::OwnerWatch::State;

namespace {

struct WatchFixture {
  /// Looks `times` times at a host with this heartbeat, while our own advances.
  State look(const std::string& heartbeat, int times = 1) {
    for (int i = 0; i < times; ++i) watch.update({{"a", heartbeat}, {"own", std::to_string(++own)}}, now += 1s);
    return watch.state("a");
  }
  /// As `look`, while our own heartbeat cannot be written.
  State look_without_own(const std::string& heartbeat, int times) {
    for (int i = 0; i < times; ++i) watch.update({{"a", heartbeat}, {"own", std::to_string(own)}}, now += 1s);
    return watch.state("a");
  }

  OwnerWatch watch{"own"};
  int own = 0;
  OwnerWatch::Clock::time_point now;
};

}  // namespace

TEST_CASE_METHOD(WatchFixture, "a host is dead when its heartbeat stands still while our own advances") {
  CHECK(look("1", 4) == State::alive);
  CHECK(look("1") == State::dead);
}

TEST_CASE_METHOD(WatchFixture, "a host whose heartbeat advances is alive") {
  look("1", 4);
  CHECK(look("2", 4) == State::alive);
  look("2", 1);
  CHECK(look("3") == State::alive);
}

TEST_CASE_METHOD(WatchFixture, "time in which nobody can write or read heartbeats kills no host") {
  look("1", 3);
  now += 30s;
  CHECK(look_without_own("1", 1000) == State::alive);
  CHECK(look("1") == State::alive);
  CHECK(look("1") == State::dead);
}

TEST_CASE_METHOD(WatchFixture, "a host that removed its heartbeat has stopped") {
  look("1", 3);
  CHECK(look("") == State::stopped);
}
