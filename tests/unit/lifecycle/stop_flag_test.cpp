#include "runtime/lifecycle/stop_flag.hpp"

#include <catch2/catch.hpp>
#include <thread>

TEST_CASE("setting the stop flag ends the wait") {
  esteira::runtime::StopFlag flag;
  CHECK_FALSE(flag.wait_for(std::chrono::milliseconds(1)));
  std::thread setter([&] { flag.set(); });
  CHECK(flag.wait_for(std::chrono::minutes(1)));
  setter.join();
  CHECK(flag.is_set());
}
