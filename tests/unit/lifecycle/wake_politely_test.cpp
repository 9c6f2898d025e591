#include "runtime/lifecycle/wake_politely.hpp"

#include <sched.h>

#include <catch2/catch.hpp>
#include <thread>

TEST_CASE("threads started by one that wakes politely do so, too") {
  int policy = -1;
  std::thread([&policy] {
    esteira::runtime::wake_politely();
    std::thread([&policy] { policy = ::sched_getscheduler(0); }).join();
  }).join();
  CHECK(policy == SCHED_BATCH);
  CHECK(::sched_getscheduler(0) == SCHED_OTHER);
}
