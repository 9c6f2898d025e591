#include "api/confirm_latch.hpp"

#include <utility>

namespace esteira::api {

bool ConfirmLatch::confirm(std::size_t index) {
  {
    const std::lock_guard lock(mutex_);
    if (wait_ended_) return false;
    confirmed_.push_back(index);
  }
  changed_.notify_one();
  return true;
}

void ConfirmLatch::give_up() {
  {
    const std::lock_guard lock(mutex_);
    ++given_up_;
  }
  changed_.notify_one();
}

std::vector<std::size_t> ConfirmLatch::wait(std::size_t count, std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, timeout, [this, count] { return confirmed_.size() + given_up_ >= count; });
  wait_ended_ = true;
  return std::exchange(confirmed_, {});
}

}  // namespace esteira::api
