#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <esteira/context.hpp>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace esteira::testing {

/// One line that a handler logged.
struct LogLine {
  LogLevel level;
  std::string text;
  std::map<std::string, std::string, std::less<>> fields;
};

/// What runs the timers of Context::after: the real clock, on a thread of the context; or only calls of `advance`.
enum class Timers { real, manual };

/// A context that records what a handler logs, counts and observes. Thread-safe. It must outlive the stages that use
/// it.
class TestContext final : public Context {
 public:
  using Clock = std::chrono::steady_clock;

  explicit TestContext(Timers timers = Timers::real, std::chrono::milliseconds timeout = std::chrono::seconds(30))
      : timers_(timers), now_(Clock::now()), deadline_(now_ + timeout) {}
  ~TestContext() { finish(); }
  TestContext(const TestContext&) = delete;
  TestContext& operator=(const TestContext&) = delete;

  void log_fields(LogLevel level, std::string_view text, const LogField* fields, std::size_t count) override {
    LogLine line{level, std::string(text), {}};
    for (std::size_t i = 0; i < count; ++i) line.fields.emplace(fields[i].first, fields[i].second);
    const std::lock_guard lock(mutex_);
    logs_.push_back(std::move(line));
  }

  void count(std::string_view name, double amount = 1) override {
    const std::lock_guard lock(mutex_);
    counters_[std::string(name)] += amount;
  }

  void observe(std::string_view name, std::chrono::duration<double> duration) override {
    const std::lock_guard lock(mutex_);
    observations_[std::string(name)].push_back(duration);
  }

  [[nodiscard]] Clock::time_point deadline() const override { return deadline_; }
  [[nodiscard]] bool stop_requested() const override { return stopped_ || Clock::now() >= deadline_; }
  [[nodiscard]] bool cancelled() const override { return cancelled_; }

  void after(std::chrono::milliseconds delay, std::function<void()> task) override {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    due_.emplace((timers_ == Timers::real ? Clock::now() : now_) + delay, std::move(task));
    if (timers_ == Timers::real && !thread_.joinable()) thread_ = std::thread([this] { run_timers(); });
    changed_.notify_all();
  }

  /// Acts like a host whose order is to be cancelled: cancelled() becomes true.
  void cancel() { cancelled_ = true; }

  /// Acts like a host that shuts down: stop_requested() becomes true, and pending timers are dropped.
  void request_stop() {
    std::multimap<Clock::time_point, std::function<void()>>
        forgotten;  // destroyed after the lock is released, with the tasks that it holds
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    forgotten.swap(due_);
    changed_.notify_all();
  }

  /// Calls `request_stop` and waits until no timer runs. Must not be called from a timer.
  void finish() {
    request_stop();
    if (thread_.joinable()) thread_.join();
  }

  /// With manual timers: advances the time by `step` and calls the due timers on this thread, in order.
  void advance(std::chrono::milliseconds step) {
    std::unique_lock lock(mutex_);
    const auto until = now_ + step;
    while (!due_.empty() && due_.begin()->first <= until) {
      now_ = due_.begin()->first;
      call_first(lock);
    }
    now_ = until;
  }

  /// The number of pending timers.
  [[nodiscard]] std::size_t timers_waiting() const {
    const std::lock_guard lock(mutex_);
    return due_.size();
  }
  [[nodiscard]] std::vector<LogLine> logs() const {
    const std::lock_guard lock(mutex_);
    return logs_;
  }
  /// The sum of a counter; 0 when it was never counted.
  [[nodiscard]] double counted(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = counters_.find(name);
    return found == counters_.end() ? 0 : found->second;
  }
  /// Every counter with its sum.
  [[nodiscard]] std::map<std::string, double> counters() const {
    const std::lock_guard lock(mutex_);
    return counters_;
  }
  [[nodiscard]] std::vector<std::chrono::duration<double>> observed(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = observations_.find(name);
    return found == observations_.end() ? std::vector<std::chrono::duration<double>>() : found->second;
  }
  /// Every duration that was observed, by name.
  [[nodiscard]] std::map<std::string, std::vector<std::chrono::duration<double>>> observations() const {
    const std::lock_guard lock(mutex_);
    return observations_;
  }

 private:
  void call_first(std::unique_lock<std::mutex>& lock) {
    auto first = due_.extract(due_.begin());
    lock.unlock();
    first.mapped()();
    first = {};  // destroyed before the lock is taken again: it may hold the last copy of a task
    lock.lock();
  }

  void run_timers() {
    std::unique_lock lock(mutex_);
    while (!stopped_) {
      if (due_.empty()) {
        changed_.wait(lock);
      } else if (const auto next = due_.begin()->first; next > Clock::now()) {
        changed_.wait_until(lock, next);
      } else {
        call_first(lock);
      }
    }
  }

  const Timers timers_;
  Clock::time_point now_;
  const Clock::time_point deadline_;
  std::atomic<bool> stopped_ = false;
  std::atomic<bool> cancelled_ = false;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<Clock::time_point, std::function<void()>> due_;
  std::vector<LogLine> logs_;
  std::map<std::string, double> counters_;
  std::map<std::string, std::vector<std::chrono::duration<double>>> observations_;
  std::thread thread_;
};

}  // namespace esteira::testing
