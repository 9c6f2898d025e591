#pragma once
#include <chrono>
#include <thread>

namespace esteira::test {

/// Polls every 5 ms until the condition holds. Returns false when it does not within `timeout`.
template <class Condition>
bool wait_until(Condition condition, std::chrono::milliseconds timeout = std::chrono::seconds(20)) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace esteira::test
