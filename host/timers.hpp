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

/// Calls each scheduled task once, at its time, on one thread of its own. A task must be short, since it delays the
/// others. An exception of a task is logged. Thread-safe.
class Timers {
 public:
  using Clock = std::chrono::steady_clock;
  using Id = std::pair<Clock::time_point, std::uint64_t>;

  Timers();
  ~Timers();  ///< stops
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;

  /// `task` is called at `when`, or at once when that is past. After `stop` the task is dropped.
  Id schedule(Clock::time_point when, std::function<void()> task);
  /// Drops a task. False when it was called already, or is being called.
  bool cancel(const Id& id);
  /// Drops all tasks. Returns when the thread has ended.
  void stop();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Id, std::function<void()>> tasks_;
  std::uint64_t last_number_ = 0;
  /// When the thread wakes by itself. Only a task that is due earlier wakes it sooner. Cancelling does not wake it:
  /// most timers are deadlines that are cancelled long before.
  Clock::time_point wakes_at_ = Clock::time_point::min();
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace esteira::host
