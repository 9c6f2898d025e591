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

/// A queue between threads whose reader takes all that is there: batches form by themselves while the reader is busy,
/// and nobody waits for company. Unbounded by itself; what feeds it is bounded (the prefetch, the requests in flight).
template <class T>
class BatchQueue {
 public:
  /// False when the queue is closed: the item was not taken.
  bool push(T item) {
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return false;
      items_.push_back(std::move(item));
    }
    filled_.notify_one();
    return true;
  }

  bool push_all(std::vector<T> items) {
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return false;
      std::move(items.begin(), items.end(), std::back_inserter(items_));
    }
    filled_.notify_all();
    return true;
  }

  /// Waits until something is there, then takes up to `limit` items in order. Empty: closed and drained.
  std::vector<T> pop(std::size_t limit) {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [this] { return closed_ || !items_.empty(); });
    return take(limit);
  }

  /// As pop, but gives up (empty) after `patience`; `closed()` tells the two kinds of empty apart.
  std::vector<T> pop_for(std::size_t limit, std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    filled_.wait_for(lock, patience, [this] { return closed_ || !items_.empty(); });
    return take(limit);
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
  bool closed_ = false;
};

}  // namespace esteira::runtime
