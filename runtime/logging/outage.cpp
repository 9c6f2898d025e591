#include "runtime/logging/outage.hpp"

#include <cstddef>
#include <utility>

#include "runtime/logging/log.hpp"

namespace esteira::runtime {
namespace {

// A reason may contain an address or a number that differs each time.
constexpr std::size_t kMaxReasons = 5;

}  // namespace

void Outage::await_first(std::string text) {
  const std::lock_guard lock(mutex_);
  awaited_ = std::move(text);
}

bool Outage::is_new(std::string_view reason) {
  const std::lock_guard lock(mutex_);
  awaited_.clear();
  latest_ = reason;
  if (logged_.size() >= kMaxReasons || logged_.contains(reason)) return false;
  logged_.emplace(reason);
  return true;
}

bool Outage::failed(std::string_view reason) {
  if (!is_new(reason)) return false;
  log::warn(failed_text_, {{"error", reason}});
  return true;
}

bool Outage::recovered() {
  {
    const std::lock_guard lock(mutex_);
    awaited_.clear();
    if (logged_.empty()) return false;
    logged_.clear();
    latest_.clear();
  }
  log::info(recovered_text_);
  return true;
}

std::string Outage::reason() const {
  const std::lock_guard lock(mutex_);
  return logged_.empty() ? awaited_ : failed_text_ + ": " + latest_;
}

}  // namespace esteira::runtime
