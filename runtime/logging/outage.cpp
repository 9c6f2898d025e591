#include "runtime/logging/outage.hpp"

#include "runtime/logging/log.hpp"

namespace esteira::runtime {
namespace {

// A reason may hold what differs each time: then a few of them are enough.
constexpr std::size_t kMostReasons = 5;

}  // namespace

bool Outage::met(std::string_view reason) {
  if (reasons_.size() >= kMostReasons || reasons_.contains(reason)) return false;
  reasons_.emplace(reason);
  log::warn(begun_, {{"error", reason}});
  return true;
}

bool Outage::over() {
  if (reasons_.empty()) return false;
  reasons_.clear();
  log::info(over_);
  return true;
}

}  // namespace esteira::runtime
