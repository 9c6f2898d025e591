#include "host/in_flight_claims.hpp"

#include "runtime/orders/workers/poison_candidates.hpp"

namespace esteira::host {

namespace {

constexpr std::chrono::milliseconds kClaimCheckInterval{500};

}  // namespace

void InFlightClaims::update(runtime::postgres::Session& session) {
  if (requested_) claim(session);
  if (claimed_.empty() || Clock::now() < next_check_) return;
  next_check_ = Clock::now() + kClaimCheckInterval;
  remove_ended(session);
}

/// The request is withdrawn before the messages are read, and repeated when they cannot be written.
void InFlightClaims::claim(runtime::postgres::Session& session) {
  requested_ = false;
  const auto keys = in_flight_();
  try {
    runtime::orders::claim_in_flight(session, stage_, keys, instance_);
  } catch (...) {
    requested_ = true;
    throw;
  }
  for (const auto& key : keys) claimed_.emplace(key.order_id, key.redrive);
}

void InFlightClaims::remove_ended(runtime::postgres::Session& session) {
  std::set<std::pair<std::string, int>> present;
  for (const auto& key : in_flight_()) present.emplace(key.order_id, key.redrive);
  Keys ended;
  for (const auto& [order_id, redrive] : claimed_) {
    if (!present.contains({order_id, redrive})) ended.push_back({order_id, redrive});
  }
  if (ended.empty()) return;
  runtime::orders::clear_poison_candidates(session, stage_, ended, instance_);
  for (const auto& key : ended) claimed_.erase({key.order_id, key.redrive});
}

}  // namespace esteira::host
