#pragma once
#include <chrono>

namespace esteira::runtime {

/// How long to wait before the next try: doubles from `first` to `most`, with up to a quarter of jitter taken off so
/// that many programs do not come back in step. Not thread-safe.
class Backoff {
 public:
  Backoff(std::chrono::milliseconds first, std::chrono::milliseconds most) : first_(first), most_(most), next_(first) {}
  std::chrono::milliseconds next();
  void reset() { next_ = first_; }

 private:
  std::chrono::milliseconds first_;
  std::chrono::milliseconds most_;
  std::chrono::milliseconds next_;
};

}  // namespace esteira::runtime
