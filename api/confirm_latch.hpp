#pragma once
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <vector>

namespace esteira::api {

/// Lets an outbox sweep wait for the broker's confirms of the events it passed to the relay. Used once. Thread-safe.
class ConfirmLatch {
 public:
  /// Records that the event at `index` is confirmed. False when `wait` has already returned.
  bool confirm(std::size_t index);

  /// Records that one of the events will not be confirmed.
  void give_up();

  /// Waits at most `timeout` until `count` events are confirmed or given up. Returns the indices of the confirmed
  /// events. Called once.
  std::vector<std::size_t> wait(std::size_t count, std::chrono::milliseconds timeout);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::size_t> confirmed_;
  std::size_t given_up_ = 0;
  bool wait_ended_ = false;
};

}  // namespace esteira::api
