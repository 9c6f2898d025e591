#include "host/prefetch_policy.hpp"

#include <algorithm>

namespace esteira::host {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMessagesPerThread = 8;
constexpr milliseconds kMaxHoldTime = std::chrono::minutes(20);
/// The work that `max` messages may be, for the threads together. Two limits, so that it does not change to and fro.
constexpr double kMaxSecondsToGrow = 1;
constexpr double kMaxSecondsToStay = 2;
constexpr std::size_t kMinObserved = 32;
constexpr double kWeight = 1.0 / 128;

std::size_t base_prefetch(const PrefetchPolicy::Options& options) {
  if (options.threads == 0) return options.max;
  const auto timeout = std::max(options.handler_timeout, milliseconds(1));
  const auto within_hold_time = static_cast<std::size_t>(std::max<milliseconds::rep>(kMaxHoldTime / timeout, 1));
  return std::min(options.max, options.threads * std::min(kMessagesPerThread, within_hold_time));
}

}  // namespace

PrefetchPolicy::PrefetchPolicy(const Options& options) : options_(options), base_(base_prefetch(options)) {}

/// Two threads may overwrite each other's observation, which does not matter to an average.
void PrefetchPolicy::observe(std::chrono::duration<double> time) {
  if (options_.threads == 0 || more() == 0) return;
  const auto observed = ++observed_;
  const auto weight = std::max(1.0 / static_cast<double>(observed), kWeight);
  const auto mean = mean_seconds_ + weight * (time.count() - mean_seconds_);
  mean_seconds_ = mean;
  if (observed < kMinObserved) return;
  const auto ahead = mean * static_cast<double>(options_.max) / static_cast<double>(options_.threads);
  if (ahead <= kMaxSecondsToGrow) wants_more_ = true;
  if (ahead > kMaxSecondsToStay) wants_more_ = false;
}

}  // namespace esteira::host
