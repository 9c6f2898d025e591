#pragma once
#include <chrono>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/postgres/session.hpp"

namespace esteira::host {

/// Knows which orders in flight are to be cancelled, so that handlers can ask: see Context::cancelled. What it knows is
/// at most about a second old, which only decides how early a handler hears of it.
class CancellationWatch {
 public:
  /// The ids of the orders that this host is working on.
  using InFlightIds = std::function<std::vector<std::string>()>;

  explicit CancellationWatch(InFlightIds in_flight) : in_flight_(std::move(in_flight)) {}

  /// Asks the database, at most once a second, and only while orders are in flight. Called by one thread. Throws
  /// Unavailable.
  void update(runtime::postgres::Session& session);
  /// Whether a request to cancel the order was open at the last update. Thread-safe.
  [[nodiscard]] bool is_requested(const std::string& order_id) const;

 private:
  const InFlightIds in_flight_;
  std::chrono::steady_clock::time_point next_update_;
  mutable std::mutex mutex_;
  std::set<std::string> requested_;
};

}  // namespace esteira::host
