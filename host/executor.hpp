#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "host/handler_invocation.hpp"
#include "host/host_metrics.hpp"
#include "host/job.hpp"
#include "host/start_gate.hpp"
#include "host/timers.hpp"
#include "runtime/config/setting_defaults.hpp"
#include "runtime/lifecycle/batch_queue.hpp"
#include "runtime/plugin/plugin.hpp"

namespace esteira::host {

/// Runs the plugin's handler on jobs. Handlers run in slots, one thread each: a blocking stage has `concurrency` slots,
/// so that many handlers run at once; an asynchronous stage has one, which only starts its handlers. Jobs wait in a
/// queue for a free slot. A job whose handler may not start leaves the executor: the gate keeps it.
/// A job whose handler gives no outcome within `timeout` becomes a retry. A blocking handler that exceeds the timeout
/// still occupies its slot until it returns.
class Executor {
 public:
  struct Options {
    std::size_t concurrency = runtime::default_size("ESTEIRA_CONCURRENCY");
    std::chrono::milliseconds timeout = runtime::default_duration("ESTEIRA_HANDLER_TIMEOUT");
    /// Told how long each handler occupied its slot. Called on the slot's thread.
    std::function<void(std::chrono::duration<double>)> on_handled = {};
    /// Whether an order is to be cancelled, for Context::cancelled. Called from any thread. Empty: none is.
    std::function<bool(const std::string& order_id)> is_cancelled = {};
    /// Asked on the slot's thread before each handler; outlives the executor. Null: every handler may start.
    StartGate* gate = nullptr;
  };
  using OnResult = std::function<void(HandlerResult&& result)>;

  /// Starts the threads. `on_result` is called once for each job, from any thread.
  Executor(runtime::StageObject stage, Options options, PluginMetrics& plugin_metrics, HostMetrics& metrics,
           OnResult on_result);
  ~Executor();  ///< stops, and waits for every blocking handler to return
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  /// Queues jobs. While the executor is paused it keeps them aside instead. Thread-safe, does not wait.
  void submit(std::vector<JobPtr> jobs);

  /// From now on `submit` keeps jobs aside. Handlers that run and jobs that are queued are not affected.
  void pause();
  /// Queues the jobs kept aside; `submit` queues again.
  void resume();
  /// Queues jobs also while the executor is paused. Thread-safe, does not wait.
  void submit_while_paused(std::vector<JobPtr> jobs);
  /// How many more handlers the gate lets start now. Thread-safe.
  [[nodiscard]] std::size_t places() const {
    return options_.gate == nullptr ? static_cast<std::size_t>(-1) : options_.gate->places();
  }
  /// True while a queued job has no outcome yet. Jobs kept aside, here or by the gate, do not count. Thread-safe.
  [[nodiscard]] bool is_busy() const { return unfinished_ != 0; }

  /// Drops queued jobs, asks running handlers to stop, and waits for their outcomes, at most `timeout`. From now on an
  /// outcome that is a retry is dropped too. Messages of dropped jobs stay with the broker and use up no attempt.
  /// False when a blocking handler still runs: its thread cannot be ended, so the process must exit.
  bool stop(std::chrono::milliseconds timeout);

  /// Says that every slot is occupied by a handler that exceeded its timeout; empty while one is not. Thread-safe.
  [[nodiscard]] std::string unready_reason() const;

 private:
  struct Slot {
    std::atomic<std::int64_t> busy_since{0};  ///< the start of its handler in steady-clock ticks; 0 while it is free
    std::atomic<bool> ended{false};           ///< its thread takes no further job
    std::thread thread;
  };

  void run(Slot& slot);
  bool may_start(const JobPtr& job);
  void handle(const JobPtr& job, Slot& slot);
  void call_handler(const std::shared_ptr<HandlerInvocation>& invocation);
  void report(HandlerResult&& result);
  void finish(std::size_t jobs);
  void notify_stop();
  [[nodiscard]] bool all_slots_ended() const;

  runtime::StageObject stage_;
  const Options options_;
  const OnResult on_result_;
  Timers timers_;
  HandlerServices services_;
  runtime::BatchQueue<JobPtr> queue_;
  std::atomic<std::size_t> unfinished_{0};  ///< jobs queued or running, without an outcome yet
  std::mutex stop_mutex_;
  std::condition_variable stop_progress_;  ///< `stop` waits for it
  std::mutex pause_mutex_;
  bool paused_ = false;
  std::vector<JobPtr> kept_aside_;  ///< submitted while paused
  std::vector<std::unique_ptr<Slot>> slots_;
};

}  // namespace esteira::host
