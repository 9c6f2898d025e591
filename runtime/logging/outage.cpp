#include "runtime/logging/outage.hpp"

#include <cstddef>

#include "runtime/logging/log.hpp"

namespace esteira::runtime {
namespace {

// A reason may contain an address or a number that differs each time.
constexpr std::size_t kMaxReasons = 5;

}  // namespace

bool Outage::failed(std::string_view reason) {
  if (reasons_.size() >= kMaxReasons || reasons_.contains(reason)) return false;
  reasons_.emplace(reason);
  log::warn(failed_text_, {{"error", reason}});
  return true;
}

bool Outage::recovered() {
  if (reasons_.empty()) return false;
  reasons_.clear();
  log::info(recovered_text_);
  return true;
}

}  // namespace esteira::runtime
