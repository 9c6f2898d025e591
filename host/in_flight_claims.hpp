#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/orders/store/ledger.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::host {

/// Tells the other hosts, after a lost connection to the broker, which messages this host is still working on. The
/// broker redelivers them to any host; one that finds them claimed waits for this host's result instead of running them
/// again. A claim is removed when the message is not in flight here any more. `request` is thread-safe; the rest is
/// used by one thread. Throws Unavailable.
class InFlightClaims {
 public:
  using Keys = std::vector<runtime::orders::RedriveKey>;
  /// The messages that are in flight now.
  using InFlightKeys = std::function<Keys()>;

  InFlightClaims(std::string stage, std::string instance, InFlightKeys in_flight)
      : stage_(std::move(stage)), instance_(std::move(instance)), in_flight_(std::move(in_flight)) {}

  /// The connection was lost: what is in flight now is to be claimed.
  void request() { requested_ = true; }
  /// True when there is something to write, or claims to look after.
  [[nodiscard]] bool is_active() const { return requested_ || !claimed_.empty(); }
  /// Writes what is due. Cheap when nothing is.
  void update(runtime::postgres::Session& session);

 private:
  using Clock = std::chrono::steady_clock;

  void claim(runtime::postgres::Session& session);
  void remove_ended(runtime::postgres::Session& session);

  const std::string stage_;
  const std::string instance_;
  const InFlightKeys in_flight_;
  std::atomic<bool> requested_{false};
  std::set<std::pair<std::string, int>> claimed_;  ///< order and redrive
  Clock::time_point next_check_;
};

}  // namespace esteira::host
