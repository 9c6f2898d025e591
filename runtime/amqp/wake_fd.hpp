#pragma once
#include "runtime/amqp/file_descriptor.hpp"

namespace esteira::runtime::amqp {

/// Wakes a thread that polls (an eventfd). `wake` is thread-safe and is not forgotten when nobody polls yet.
class WakeFd {
 public:
  WakeFd();
  void wake() const;
  void drain() const;
  [[nodiscard]] int get() const { return fd_.get(); }

 private:
  FileDescriptor fd_;
};

}  // namespace esteira::runtime::amqp
