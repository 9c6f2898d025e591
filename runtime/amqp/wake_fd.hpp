#pragma once
#include "runtime/lifecycle/file_descriptor.hpp"

namespace esteira::runtime::amqp {

/// Wakes a thread out of poll(), through an eventfd. `wake` is thread-safe. A `wake` before the poll ends that poll at
/// once.
class WakeFd {
 public:
  WakeFd();
  void wake() const;
  /// Resets it. For the thread that polls.
  void drain() const;
  [[nodiscard]] int get() const { return fd_.get(); }

 private:
  FileDescriptor fd_;
};

}  // namespace esteira::runtime::amqp
