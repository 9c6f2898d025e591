#include "cli/audit/lost_messages.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace esteira::cli {
namespace {

using Orders = LostMessages::Orders;
using runtime::orders::OrderSnapshot;

std::size_t missing_without_owed(const LostMessages& found) { return found.missing_at_least - found.missing_owed; }

/// Those of `earlier` that are in `later` as well, unchanged.
Orders unchanged(const Orders& earlier, const Orders& later) {
  std::set<std::pair<std::string, std::string>> seen;
  for (const auto& snapshot : later) seen.emplace(snapshot.order_id, snapshot.updated_at);
  Orders both;
  for (const auto& snapshot : earlier) {
    if (seen.contains({snapshot.order_id, snapshot.updated_at})) both.push_back(snapshot);
  }
  return both;
}

}  // namespace

LostMessages found_in_both(const LostMessages& earlier, LostMessages later) {
  later.stalled = unchanged(earlier.stalled, later.stalled);
  const auto candidates = later.stalled.size();
  const auto owed = static_cast<std::size_t>(std::ranges::count(later.stalled, true, &OrderSnapshot::is_owed));
  const auto missing_others = std::min({missing_without_owed(earlier), missing_without_owed(later), candidates - owed});
  later.missing_owed = std::min({earlier.missing_owed, later.missing_owed, owed});
  later.missing_at_least = missing_others + later.missing_owed;
  later.waiting = std::min(candidates - later.missing_at_least, later.messages) + later.waiting_elsewhere;
  return later;
}

}  // namespace esteira::cli
