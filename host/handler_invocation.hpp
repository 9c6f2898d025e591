#pragma once
#include <atomic>
#include <chrono>
#include <esteira/stage.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "host/job.hpp"
#include "host/plugin_metrics.hpp"
#include "host/timers.hpp"

namespace esteira::host {

/// What the invocations of one executor share. Outlives them all.
struct HandlerServices {
  std::chrono::milliseconds timeout;
  Timers& timers;
  PluginMetrics& plugin_metrics;
  prometheus::Histogram& handler_seconds;
  std::function<void(HandlerResult&&)> on_result;  ///< called once for each invocation, from any thread
  std::function<bool(const std::string& order_id)> is_cancelled = {};
  std::atomic<bool> stopping{false};
};

/// One call of the handler for one message: its context, its deadline and its outcome. Reports one outcome, the first
/// of these: what the handler completes it with; a retry at the deadline; a retry when the last reference to this
/// object is dropped. `begin` must be called before the handler. Thread-safe.
class HandlerInvocation final : public Task::Work,
                                public Context,
                                public std::enable_shared_from_this<HandlerInvocation> {
 public:
  HandlerInvocation(JobPtr job, HandlerServices& services);
  ~HandlerInvocation() override;

  /// Starts the clock and the timer of the deadline.
  void begin();

  [[nodiscard]] const Message& message() const override { return job_->message; }
  [[nodiscard]] Context& context() override { return *this; }
  void complete(Outcome outcome) override;

  void log_fields(LogLevel level, std::string_view text, const LogField* fields, std::size_t count) override;
  void count(std::string_view name, double amount) override { services_.plugin_metrics.count(name, amount); }
  void observe(std::string_view name, std::chrono::duration<double> duration) override {
    services_.plugin_metrics.observe(name, duration);
  }
  [[nodiscard]] std::chrono::steady_clock::time_point deadline() const override { return deadline_; }
  [[nodiscard]] bool stop_requested() const override;
  [[nodiscard]] bool cancelled() const override;
  void after(std::chrono::milliseconds delay, std::function<void()> task) override;

 private:
  void expire();
  bool report_first(Outcome outcome);

  const JobPtr job_;
  HandlerServices& services_;
  std::chrono::steady_clock::time_point began_;
  std::chrono::steady_clock::time_point deadline_;
  Timers::Id timer_;
  std::atomic<bool> is_complete_{false};
};

}  // namespace esteira::host
