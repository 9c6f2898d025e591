#pragma once
#include <mutex>

namespace esteira::runtime::amqp {

/// Lets another thread interrupt the I/O thread, which may block in the library: `abort` shuts the socket down, and
/// every call on it fails at once. Thread-safe.
class SocketGuard {
 public:
  /// Sets the socket to shut down. The descriptor must stay open until `forget`. Returns false when `abort` was called
  /// before: the caller must not connect.
  bool watch(int fd);
  void forget();
  /// Shuts the watched socket down, and makes every later `watch` return false.
  void abort();

 private:
  std::mutex mutex_;
  int fd_ = -1;
  bool aborted_ = false;
};

}  // namespace esteira::runtime::amqp
