#pragma once
#include <functional>

namespace esteira::runtime {

/// Waits for SIGTERM or SIGINT. Create it before any thread: it blocks, for the whole process, these two and every
/// other signal whose default action would end the process without a message (SIGHUP, SIGUSR1, SIGUSR2, timers, the
/// real-time signals); threads inherit that. It ignores SIGPIPE. SIGQUIT and the signals of a crash keep their default.
class ShutdownSignals {
 public:
  ShutdownSignals();

  /// Blocks until the first SIGTERM or SIGINT and returns its number. Calls `on_ignored` with the number of each other
  /// signal that arrives before. After it returned, a second SIGTERM or SIGINT ends the process at once, with 128 and
  /// its number.
  int wait(const std::function<void(int number)>& on_ignored);
};

}  // namespace esteira::runtime
