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

std::size_t count_candidates(const LostMessages& found) {
  return found.stalled.size() + found.missing_dead_letter.size();
}

LostMessages found_in_both(const LostMessages& earlier, LostMessages later) {
  later.stalled = unchanged(earlier.stalled, later.stalled);
  later.missing_dead_letter = unchanged(earlier.missing_dead_letter, later.missing_dead_letter);
  later.unrecorded_dead_letter = unchanged(earlier.unrecorded_dead_letter, later.unrecorded_dead_letter);
  const auto candidates = count_candidates(later);
  later.missing_at_least = std::min({earlier.missing_at_least, later.missing_at_least, candidates});
  later.waiting = std::min(candidates - later.missing_at_least, later.messages);
  return later;
}

}  // namespace esteira::cli
