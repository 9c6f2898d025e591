#include "runtime/lifecycle/backoff.hpp"

#include <algorithm>
#include <random>

namespace esteira::runtime {

std::chrono::milliseconds Backoff::next() {
  thread_local std::minstd_rand generator{std::random_device{}()};
  const auto full = std::min(next_, max_);
  next_ = std::min(full * 2, max_);
  std::uniform_int_distribution<std::chrono::milliseconds::rep> jitter(0, full.count() / 4);
  return full - std::chrono::milliseconds(jitter(generator));
}

}  // namespace esteira::runtime
