#include "api/confirm_latch.hpp"

#include <catch2/catch.hpp>
#include <thread>

using esteira::api::ConfirmLatch;

TEST_CASE("wait returns the indices confirmed by another thread") {
  ConfirmLatch latch;
  std::thread publisher([&] {
    latch.confirm(2);
    latch.confirm(0);
  });
  CHECK(latch.wait(2, std::chrono::minutes(1)) == std::vector<std::size_t>{2, 0});
  publisher.join();
}

TEST_CASE("wait does not wait for events that were given up") {
  ConfirmLatch latch;
  latch.give_up();
  latch.confirm(1);
  CHECK(latch.wait(2, std::chrono::minutes(1)) == std::vector<std::size_t>{1});
}

TEST_CASE("a confirm after the end of the wait is rejected") {
  ConfirmLatch latch;
  CHECK(latch.confirm(1));
  CHECK(latch.wait(2, std::chrono::milliseconds(1)) == std::vector<std::size_t>{1});
  CHECK_FALSE(latch.confirm(0));
}
