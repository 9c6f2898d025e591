#pragma once
#include <chrono>

namespace esteira::runtime {

/// Delays between retries: exponential backoff with jitter. Each delay is twice the one before, from `first` up to
/// `max`. Up to a quarter is subtracted at random, so that many programs do not retry at the same moment. Not
/// thread-safe.
class Backoff {
 public:
  Backoff(std::chrono::milliseconds first, std::chrono::milliseconds max) : first_(first), max_(max), next_(first) {}
  /// The delay before the next attempt.
  std::chrono::milliseconds next();
  /// The next delay is `first` again. Call it after a success.
  void reset() { next_ = first_; }

 private:
  std::chrono::milliseconds first_;
  std::chrono::milliseconds max_;
  std::chrono::milliseconds next_;
};

}  // namespace esteira::runtime
