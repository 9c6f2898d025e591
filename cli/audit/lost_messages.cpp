#include "cli/audit/lost_messages.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace esteira::cli {
namespace {

using Orders = LostMessages::Orders;

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
  later.missing_at_least = std::min({earlier.missing_at_least, later.missing_at_least, candidates});
  later.waiting = std::min(candidates - later.missing_at_least, later.messages) + later.waiting_elsewhere;
  return later;
}

}  // namespace esteira::cli
