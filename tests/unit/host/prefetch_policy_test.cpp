#include "host/prefetch_policy.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using esteira::host::PrefetchPolicy;

namespace {

void observe(PrefetchPolicy& policy, std::chrono::duration<double> time, int times) {
  for (int i = 0; i < times; ++i) policy.observe(time);
}

}  // namespace

TEST_CASE("an asynchronous stage takes its whole prefetch") {
  PrefetchPolicy policy({0, 512, 30s});
  observe(policy, 1h, 100);
  CHECK(policy.base() == 512);
  CHECK(policy.more() == 0);
  CHECK_FALSE(policy.wants_more());
}

TEST_CASE("a blocking stage takes a few messages for each thread until its handlers prove to be fast") {
  PrefetchPolicy policy({2, 512, 30s});
  CHECK(policy.base() == 16);
  CHECK(policy.more() == 496);
  CHECK_FALSE(policy.wants_more());
  observe(policy, 1ms, 100);
  CHECK(policy.wants_more());
}

TEST_CASE("a stage with slow handlers never takes more, and one whose handlers become slow takes less") {
  PrefetchPolicy policy({8, 512, 30s});
  observe(policy, 2s, 1000);
  CHECK_FALSE(policy.wants_more());
  observe(policy, 1ms, 3000);
  CHECK(policy.wants_more());
  observe(policy, 2s, 1);
  CHECK(policy.wants_more());
  observe(policy, 2s, 100);
  CHECK_FALSE(policy.wants_more());
}

TEST_CASE("the prefetch of a blocking stage is never above its setting, nor more than its threads finish in time") {
  CHECK(PrefetchPolicy({64, 10, 30s}).base() == 10);
  CHECK(PrefetchPolicy({4, 512, 10min}).base() == 8);
  CHECK(PrefetchPolicy({4, 512, 1h}).base() == 4);
}
