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
#include "host/timers.hpp"
#include "runtime/config/setting_defaults.hpp"
#include "runtime/lifecycle/batch_queue.hpp"
#include "runtime/plugin/plugin.hpp"

namespace esteira::host {

/// Runs the plugin's handler. A blocking stage gets `concurrency` threads, each a slot; an asynchronous one is started
/// from a single slot. A handler that overruns its time keeps its slot until it returns; its message goes on as a
/// retry.
class Executor {
 public:
  struct Options {
    std::size_t concurrency = runtime::default_size("ESTEIRA_CONCURRENCY");
    std::chrono::milliseconds timeout = runtime::default_duration("ESTEIRA_HANDLER_TIMEOUT");
  };
  using Deliver = std::function<void(HandlerResult&&)>;

  /// `deliver` gets each message's outcome once, from any thread. Starts its threads at once.
  Executor(runtime::StageObject stage, Options options, PluginMetrics& plugin_metrics, HostMetrics& metrics,
           Deliver deliver);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  /// Thread-safe, does not wait.
  void submit(std::vector<JobPtr> jobs);

  /// Keeps back what `submit` gives until `resume`; `submit_while_paused` still gets through.
  void pause();
  void resume();
  void submit_while_paused(std::vector<JobPtr> jobs);
  /// Whether any handler is at work or about to be.
  [[nodiscard]] bool is_busy() const { return open_ != 0; }

  /// Leaves what has not begun to the broker, asks running handlers to stop, and waits for their outcomes at most
  /// `timeout`. A retry given from now on is no outcome: the message is left to the broker and burns no attempt.
  /// False when a blocking handler still runs: its thread cannot be ended, so the process must be.
  bool stop(std::chrono::milliseconds timeout);

  /// What is wrong when every slot is held by a handler that overran its time; else empty. Thread-safe.
  [[nodiscard]] std::string unready_reason() const;

 private:
  /// When the slot's handler began, in steady-clock ticks; 0 while it is free.
  struct Slot {
    std::atomic<std::int64_t> busy_since{0};
    std::atomic<bool> ended{false};
    std::thread thread;
  };

  void run(Slot& slot);
  void handle(const JobPtr& job, Slot& slot);
  void call(const std::shared_ptr<HandlerInvocation>& handling);
  void deliver(HandlerResult&& result);
  void close(std::size_t count);
  void tell_stopper();
  [[nodiscard]] bool all_slots_ended() const;

  runtime::StageObject stage_;
  const Options options_;
  const Deliver deliver_;
  Timers timers_;
  HandlerServices services_;
  runtime::BatchQueue<JobPtr> queue_;
  std::atomic<std::size_t> open_{0};  ///< let through, without an outcome yet
  std::mutex stop_mutex_;
  std::condition_variable progress_;  ///< while stopping: something ended
  std::mutex pause_mutex_;
  bool paused_ = false;
  std::vector<JobPtr> held_;
  std::vector<std::unique_ptr<Slot>> slots_;
};

}  // namespace esteira::host
