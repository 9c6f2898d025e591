#include "api/sweep_ticket.hpp"

#include <utility>

namespace esteira::api {

bool SweepTicket::confirm(std::size_t index) {
  {
    const std::lock_guard lock(mutex_);
    if (abandoned_) return false;
    confirmed_.push_back(index);
  }
  confirmed_one_.notify_one();
  return true;
}

std::vector<std::size_t> SweepTicket::wait(std::size_t count, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  confirmed_one_.wait_for(lock, patience, [this, count] { return confirmed_.size() >= count; });
  abandoned_ = true;
  return std::exchange(confirmed_, {});
}

}  // namespace esteira::api
