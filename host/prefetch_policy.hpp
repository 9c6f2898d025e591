#pragma once
#include <atomic>
#include <chrono>
#include <cstddef>

namespace esteira::host {

/// Chooses how many messages a host takes from its queue at a time. What it holds no other host can get, so a blocking
/// stage takes a few for each thread. When its handlers are fast it takes `max`: more messages at a time cost the
/// broker less each, and `max` of them are still less than a second of work. An asynchronous stage always takes `max`.
/// Thread-safe.
class PrefetchPolicy {
 public:
  struct Options {
    std::size_t threads = 0;  ///< of a blocking stage; 0: the stage is asynchronous
    std::size_t max = 0;      ///< ESTEIRA_PREFETCH
    std::chrono::milliseconds handler_timeout{0};
  };

  explicit PrefetchPolicy(const Options& options);

  /// The messages that are always taken: at most eight a thread, and no more than the threads finish within a time that
  /// is below RabbitMQ's consumer_timeout of 30 minutes, even if each handler takes as long as it may.
  [[nodiscard]] std::size_t base() const { return base_; }
  /// What is taken besides while `wants_more`.
  [[nodiscard]] std::size_t more() const { return options_.max - base_; }
  [[nodiscard]] bool wants_more() const { return wants_more_; }

  /// A handler occupied its thread for this time.
  void observe(std::chrono::duration<double> time);

 private:
  const Options options_;
  const std::size_t base_;
  std::atomic<std::size_t> observed_{0};
  std::atomic<double> mean_seconds_{0};  ///< moving average
  std::atomic<bool> wants_more_{false};
};

}  // namespace esteira::host
