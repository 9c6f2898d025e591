#include "runtime/logging/log_limiter.hpp"

namespace esteira::runtime {

bool LogLimiter::admit(const std::string& key) {
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  std::erase_if(admitted_, [&](const auto& entry) { return now - entry.second >= period_; });
  return admitted_.size() < max_keys_ && admitted_.emplace(key, now).second;
}

}  // namespace esteira::runtime
