#pragma once

namespace esteira::runtime {

/// SIGTERM and SIGINT as something to wait for. Make it before any thread: it blocks both for the whole process
/// (threads inherit that), and ignores SIGPIPE. After `wait` returns, a second signal ends the process at once, with
/// 128 and its number.
class ShutdownSignals {
 public:
  ShutdownSignals();
  /// Blocks until the first signal and returns its number.
  int wait();
};

}  // namespace esteira::runtime
