#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace esteira::host {

/// Calls functions at their time, on one thread of its own: keep them short. What they throw is logged. Thread-safe.
class Timers {
 public:
  using Clock = std::chrono::steady_clock;
  using Id = std::pair<Clock::time_point, std::uint64_t>;

  Timers();
  ~Timers();  ///< stops
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;

  /// After `stop` the task is dropped.
  Id schedule(Clock::time_point when, std::function<void()> task);
  /// False when the task has been called, or is being called now.
  bool cancel(const Id& id);
  /// Forgets what is scheduled; returns when the thread has ended.
  void stop();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Id, std::function<void()>> tasks_;
  std::uint64_t last_ = 0;
  /// When the thread looks again by itself. Only what is due earlier wakes it: most timers are deadlines, cancelled
  /// long before, and the thread finds out in its own time.
  Clock::time_point wakes_at_ = Clock::time_point::min();
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace esteira::host
