#pragma once
#include <atomic>
#include <chrono>
#include <esteira/stage.hpp>
#include <functional>
#include <memory>
#include <string_view>

#include "host/job.hpp"
#include "host/plugin_metrics.hpp"
#include "host/timers.hpp"

namespace esteira::host {

/// What every handling needs from its executor; outlives them all.
struct HandlerServices {
  std::chrono::milliseconds timeout;
  Timers& timers;
  PluginMetrics& plugin_metrics;
  prometheus::Histogram& handler_seconds;
  std::function<void(HandlerResult&&)> deliver;  ///< called once for each handling, from any thread
  std::atomic<bool> stopping{false};
};

/// One handler's work on one message: its context, its deadline, and the one outcome. Whichever comes first counts:
/// the handler's outcome, the deadline, or the end of the last reference to it.
class HandlerInvocation final : public Task::Work,
                                public Context,
                                public std::enable_shared_from_this<HandlerInvocation> {
 public:
  HandlerInvocation(JobPtr job, HandlerServices& services);
  ~HandlerInvocation() override;

  /// Arms the deadline.
  void begin();

  [[nodiscard]] const Message& message() const override { return job_->message; }
  [[nodiscard]] Context& context() override { return *this; }
  void complete(Outcome outcome) override;

  void log(LogLevel level, std::string_view text, std::initializer_list<LogField> fields) override;
  void count(std::string_view name, double amount) override { services_.plugin_metrics.count(name, amount); }
  void observe(std::string_view name, std::chrono::duration<double> duration) override {
    services_.plugin_metrics.observe(name, duration);
  }
  [[nodiscard]] std::chrono::steady_clock::time_point deadline() const override { return deadline_; }
  [[nodiscard]] bool stop_requested() const override;
  void after(std::chrono::milliseconds delay, std::function<void()> task) override;

 private:
  void expire();
  bool settle(Outcome outcome);

  const JobPtr job_;
  HandlerServices& services_;
  std::chrono::steady_clock::time_point began_;
  std::chrono::steady_clock::time_point deadline_;
  Timers::Id timer_;
  std::atomic<bool> complete_{false};
};

}  // namespace esteira::host
