#pragma once
#include <mutex>

namespace esteira::runtime::amqp {

/// Lets another thread end whatever the I/O thread waits for in the library: it shuts the socket down, so that every
/// call on it fails at once. Thread-safe.
class SocketGuard {
 public:
  /// False: aborted already, the caller should give up. The descriptor must stay open until `forget`.
  bool watch(int fd);
  void forget();
  void abort();

 private:
  std::mutex mutex_;
  int fd_ = -1;
  bool aborted_ = false;
};

}  // namespace esteira::runtime::amqp
