#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace esteira::runtime {

/// A flag that is set once and that threads can wait for: a loop sleeps in `wait_for`, so that a stop ends the sleep.
/// Thread-safe.
class StopFlag {
 public:
  void set() {
    {
      const std::lock_guard lock(mutex_);
      set_ = true;
    }
    changed_.notify_all();
  }
  [[nodiscard]] bool is_set() const {
    const std::lock_guard lock(mutex_);
    return set_;
  }
  /// Waits until the flag is set, at most for `timeout`. Returns whether it is set.
  bool wait_for(std::chrono::milliseconds timeout) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, timeout, [this] { return set_; });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool set_ = false;
};

}  // namespace esteira::runtime
