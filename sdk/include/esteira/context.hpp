#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace esteira {

enum class LogLevel { debug, info, warn, error };

/// Name and value of a field of a log line. The call that takes it copies both.
using LogField = std::pair<std::string_view, std::string_view>;

/// The services of the host for the handling of one message: log, metrics, deadline, timers. The host owns it. It is
/// valid until the outcome is returned or passed to Task::complete. Every function is thread-safe.
class Context {
 public:
  /// Writes one log line. The host adds the fields stage, order, trace and attempt.
  void log(LogLevel level, std::string_view text, std::initializer_list<LogField> fields = {}) {
    log_fields(level, text, fields.begin(), fields.size());
  }
  /// The same with the fields of an array.
  virtual void log_fields(LogLevel level, std::string_view text, const LogField* fields, std::size_t count) = 0;

  /// Adds to the counter `esteira_plugin_<name>_total` of this stage. `name` is [a-z0-9_]+. Use a small, fixed set
  /// of names.
  virtual void count(std::string_view name, double amount = 1) = 0;

  /// Records a duration in the histogram `esteira_plugin_<name>_seconds` of this stage. `name` as for `count`.
  virtual void observe(std::string_view name, std::chrono::duration<double> duration) = 0;

  /// The time at which the host stops waiting for the outcome and counts the attempt as failed.
  [[nodiscard]] virtual std::chrono::steady_clock::time_point deadline() const = 0;

  /// True when the host is shutting down or the deadline has passed. A handler that waits should then return a retry. A
  /// retry during shutdown does not count as an attempt.
  [[nodiscard]] virtual bool stop_requested() const = 0;

  /// True when somebody asked to cancel the order; known within a second or two. The order is cancelled when the stage
  /// is done, whatever a handler does. One that takes long may give up: after Outcome::snooze with a delay of zero the
  /// order is cancelled without another call of the handler. What is to be undone later must be in the data of
  /// Outcome::done.
  [[nodiscard]] virtual bool cancelled() const { return false; }

  /// Calls `task` once after `delay`. All timers share one host thread, so `task` must not block. When the host stops
  /// before, `task` is dropped. Meant for AsyncStage; a blocking handler can sleep instead.
  virtual void after(std::chrono::milliseconds delay, std::function<void()> task) = 0;

 protected:
  Context() = default;
  ~Context() = default;
  Context(const Context&) = default;
  Context& operator=(const Context&) = default;
};

}  // namespace esteira
