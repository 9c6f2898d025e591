#pragma once
#include <chrono>
#include <functional>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace esteira {

enum class LogLevel { debug, info, warn, error };

/// A field of a log line: both are copied before the call returns.
using LogField = std::pair<std::string_view, std::string_view>;

/// What the host offers a handler while it works on one message. Owned by the host; valid until the outcome is given.
/// Every function may be called from any thread.
class Context {
 public:
  /// Writes one log line, already labelled with stage, order, trace and attempt.
  virtual void log(LogLevel level, std::string_view text, std::initializer_list<LogField> fields = {}) = 0;

  /// Adds to the counter esteira_plugin_<name>_total of this stage. `name` is [a-z0-9_]+; keep the set of names small.
  virtual void count(std::string_view name, double amount = 1) = 0;

  /// Records a duration in the histogram esteira_plugin_<name>_seconds of this stage.
  virtual void observe(std::string_view name, std::chrono::duration<double> duration) = 0;

  /// When the host stops waiting for the outcome and counts the attempt as failed.
  [[nodiscard]] virtual std::chrono::steady_clock::time_point deadline() const = 0;

  /// True once the host is shutting down, or the deadline has passed: a handler that waits should return early
  /// (a retry then burns no attempt).
  [[nodiscard]] virtual bool stop_requested() const = 0;

  /// Calls `task` once after `delay`, on a host thread that all timers share: keep it short. Not called when the host
  /// stops first. For AsyncStage; a blocking handler may simply wait.
  virtual void after(std::chrono::milliseconds delay, std::function<void()> task) = 0;

 protected:
  Context() = default;
  ~Context() = default;
  Context(const Context&) = default;
  Context& operator=(const Context&) = default;
};

}  // namespace esteira
