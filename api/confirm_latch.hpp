#pragma once
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <vector>

namespace esteira::api {

/// Where a sweep waits for the confirms of the events it handed to the relay. Thread-safe.
class ConfirmLatch {
 public:
  /// The event at `index` is confirmed. False when nobody waits any more.
  bool confirm(std::size_t index);

  /// Waits until `count` events are confirmed, at most `timeout`; returns the indices of those that are. Once.
  std::vector<std::size_t> wait(std::size_t count, std::chrono::milliseconds timeout);

 private:
  std::mutex mutex_;
  std::condition_variable confirmed_one_;
  std::vector<std::size_t> confirmed_;
  bool abandoned_ = false;
};

}  // namespace esteira::api
