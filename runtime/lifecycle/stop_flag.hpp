#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace esteira::runtime {

/// A flag that is set once and can be waited for: what a thread sleeps on instead of sleeping. Thread-safe.
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
  /// True when the flag is set, false when `timeout` went by first.
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
