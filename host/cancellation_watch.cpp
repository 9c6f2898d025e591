#include "host/cancellation_watch.hpp"

#include "runtime/orders/store/cancellation.hpp"

namespace esteira::host {

namespace {

constexpr std::chrono::milliseconds kUpdateInterval{900};  // its thread comes by every second

}  // namespace

void CancellationWatch::update(runtime::postgres::Session& session) {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_update_) return;
  next_update_ = now + kUpdateInterval;
  const auto ids = in_flight_();
  std::set<std::string> requested;
  if (!ids.empty() && runtime::orders::has_cancel_requests(session)) {
    const auto found = runtime::orders::find_cancel_requests(session, ids);
    requested = {found.begin(), found.end()};
  }
  const std::lock_guard lock(mutex_);
  requested_ = std::move(requested);
}

bool CancellationWatch::is_requested(const std::string& order_id) const {
  const std::lock_guard lock(mutex_);
  return requested_.contains(order_id);
}

}  // namespace esteira::host
