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

/// A queue between threads whose readers take what is there: batches form by themselves while a reader is busy, and
/// nobody waits for company. Of several readers that sleep one is woken; as it takes its share it wakes the next while
/// something is left, so that nothing waits while a reader is free, and a few quick items do not wake them all.
/// Unbounded by itself; what feeds it is bounded (the prefetch, the requests in flight).
template <class T>
class BatchQueue {
 public:
  /// False when the queue is closed: the item was not taken.
  bool push(T item) {
    std::unique_lock lock(mutex_);
    if (closed_) return false;
    items_.push_back(std::move(item));
    wake_one(lock);
    return true;
  }

  bool push_all(std::vector<T> items) {
    std::unique_lock lock(mutex_);
    if (closed_) return false;
    std::move(items.begin(), items.end(), std::back_inserter(items_));
    wake_one(lock);
    return true;
  }

  /// Waits until something is there, then takes up to `limit` items in order. Empty: closed and drained.
  std::vector<T> pop(std::size_t limit) {
    return pop_when(limit, [this](auto& lock) {
      filled_.wait(lock);
      return true;
    });
  }

  /// As pop, but gives up (empty) after `timeout`; `closed()` tells the two kinds of empty apart.
  std::vector<T> pop_for(std::size_t limit, std::chrono::milliseconds timeout) {
    const auto until = std::chrono::steady_clock::now() + timeout;
    return pop_when(
        limit, [this, until](auto& lock) { return filled_.wait_until(lock, until) == std::cv_status::no_timeout; });
  }

  /// No more items get in; what is inside can still be taken.
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

  /// `sleep` is false when it was for too long.
  template <class Sleep>
  std::vector<T> pop_when(std::size_t limit, Sleep sleep) {
    Lock lock(mutex_);
    for (bool patient = true; patient && !closed_ && items_.empty();) {
      ++sleeping_;
      patient = sleep(lock);
      --sleeping_;
      waking_ = false;
    }
    auto batch = take(limit);
    wake_one(lock);
    return batch;
  }

  /// One at a time is on its way, and wakes the next. Unlocks.
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
  std::size_t sleeping_ = 0;  ///< readers
  bool waking_ = false;       ///< one of them has been woken and is not here yet
  bool closed_ = false;
};

}  // namespace esteira::runtime
