#include "runtime/lifecycle/batch_scheduling.hpp"

#include <sched.h>

#include <catch2/catch.hpp>
#include <thread>

TEST_CASE("a thread inherits batch scheduling from the thread that starts it") {
  int policy = -1;
  std::thread([&policy] {
    esteira::runtime::use_batch_scheduling();
    std::thread([&policy] { policy = ::sched_getscheduler(0); }).join();
  }).join();
  CHECK(policy == SCHED_BATCH);
  CHECK(::sched_getscheduler(0) == SCHED_OTHER);
}
