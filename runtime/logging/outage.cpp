#include "runtime/logging/outage.hpp"

#include "runtime/logging/log.hpp"

namespace esteira::runtime {
namespace {

// A reason may hold what differs each time: then a few of them are enough.
constexpr std::size_t kMaxReasons = 5;

}  // namespace

bool Outage::failed(std::string_view reason) {
  if (reasons_.size() >= kMaxReasons || reasons_.contains(reason)) return false;
  reasons_.emplace(reason);
  log::warn(begun_, {{"error", reason}});
  return true;
}

bool Outage::recovered() {
  if (reasons_.empty()) return false;
  reasons_.clear();
  log::info(over_);
  return true;
}

}  // namespace esteira::runtime
