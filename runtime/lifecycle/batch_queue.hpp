#pragma once
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace esteira::runtime {

/// A queue between threads whose readers take batches. `pop` returns what the queue holds and never waits to fill a
/// batch: batches form while the readers are busy. Thread-safe, for several writers and readers.
/// A push wakes one sleeping reader. That reader wakes the next one when it leaves items behind. So no item waits while
/// a reader sleeps, and a few items do not wake all readers.
/// The queue has no limit of its own: its writers are bounded (by the prefetch, by the limit of queued requests).
template <class T>
class BatchQueue {
 public:
  /// Returns false when the queue is closed; the item is dropped then.
  bool push(T item) {
    std::unique_lock lock(mutex_);
    if (closed_) return false;
    items_.push_back(std::move(item));
    wake_one(lock);
    return true;
  }

  /// Pushes all items at once, in order. Returns false as `push` does.
  bool push_all(std::vector<T> items) {
    std::unique_lock lock(mutex_);
    if (closed_) return false;
    std::move(items.begin(), items.end(), std::back_inserter(items_));
    wake_one(lock);
    return true;
  }

  /// Waits until the queue holds an item, then takes up to `limit` items in order. An empty result means that the queue
  /// is closed and drained.
  std::vector<T> pop(std::size_t limit) {
    return pop_when(limit, [this](auto& lock) {
      filled_.wait(lock);
      return true;
    });
  }

  /// As `pop`, but waits at most for `timeout`. An empty result means a timeout or a drained queue; see `closed`.
  std::vector<T> pop_for(std::size_t limit, std::chrono::milliseconds timeout) {
    const auto until = std::chrono::steady_clock::now() + timeout;
    return pop_when(
        limit, [this, until](auto& lock) { return filled_.wait_until(lock, until) == std::cv_status::no_timeout; });
  }

  /// Refuses further items. Readers still take the items that the queue holds.
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    filled_.notify_all();
  }

  [[nodiscard]] bool closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
  }

  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return items_.size();
  }

 private:
  using Lock = std::unique_lock<std::mutex>;

  /// `sleep` waits for `filled_` and returns false after a timeout.
  template <class Sleep>
  std::vector<T> pop_when(std::size_t limit, Sleep sleep) {
    Lock lock(mutex_);
    for (bool has_time = true; has_time && !closed_ && items_.empty();) {
      ++sleeping_;
      has_time = sleep(lock);
      --sleeping_;
      waking_ = false;
    }
    auto batch = take(limit);
    wake_one(lock);
    return batch;
  }

  /// Wakes a sleeping reader when an item needs one and no other reader is about to wake. Unlocks `lock` first, so that
  /// the woken reader does not block on it.
  void wake_one(Lock& lock) {
    const bool is_needed = !items_.empty() && sleeping_ > 0 && !std::exchange(waking_, true);
    lock.unlock();
    if (is_needed) filled_.notify_one();
  }

  std::vector<T> take(std::size_t limit) {
    std::vector<T> batch;
    batch.reserve(std::min(limit, items_.size()));
    while (!items_.empty() && batch.size() < limit) {
      batch.push_back(std::move(items_.front()));
      items_.pop_front();
    }
    return batch;
  }

  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<T> items_;
  std::size_t sleeping_ = 0;  ///< number of readers that sleep
  bool waking_ = false;       ///< a reader was notified and does not hold the lock yet
  bool closed_ = false;
};

}  // namespace esteira::runtime
