#include "cli/audit/stage_match.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "runtime/orders/workers/workflow.hpp"

namespace esteira::cli {
namespace {

using runtime::orders::binding_matches;
using runtime::orders::OrderSnapshot;
using Holders = std::set<std::size_t>;  ///< indices of stages

bool any_matches(const std::vector<std::string>& keys, const std::string& routing_key) {
  return std::ranges::any_of(keys, [&](const std::string& key) { return binding_matches(key, routing_key); });
}

Holders holders_of(const OrderSnapshot& order, const std::vector<StageLoad>& stages) {
  Holders holders;
  Holders unstaffed;
  bool has_staffed = false;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const auto& stage = stages[i];
    if (!stage.is_known || stage.stage == order.publisher || stage.stage == order.redriven_to) holders.insert(i);
    if (!order.redriven_to.empty() || std::ranges::count(order.done_stages, stage.stage) > 0) continue;
    if (any_matches(stage.binding_keys, order.next_key)) {
      (stage.is_staffed ? holders : unstaffed).insert(i);
      has_staffed |= stage.is_staffed;
    } else if (any_matches(stage.removed_keys, order.next_key)) {
      holders.insert(i);
    }
  }
  if (!has_staffed) holders.merge(unstaffed);
  return holders;
}

/// Orders whose message may be in the same stages, and that are all owed a compensation or all not.
struct OrderGroup {
  bool is_owed = false;
  Holders holders;
  std::vector<const OrderSnapshot*> orders;
  std::map<std::size_t, std::size_t> matched{};  ///< orders by stage
  std::size_t unmatched = 0;
};

/// A maximum matching. An order that finds its stages full takes the message of an order that may have another one.
class Matching {
 public:
  Matching(std::vector<OrderGroup>& groups, const std::vector<StageLoad>& stages) : groups_(groups) {
    for (const auto& stage : stages) free_.push_back(stage.messages());
  }

  void run() {
    for (std::size_t group = 0; group < groups_.size(); ++group) {
      auto& unmatched = groups_[group].unmatched;
      unmatched = groups_[group].orders.size();
      while (unmatched > 0) {
        std::set<std::size_t> seen{group};
        const auto taken = take(group, unmatched, seen);
        if (taken == 0) break;
        unmatched -= taken;
      }
    }
  }

 private:
  /// Finds messages for up to `wanted` orders of the group; returns for how many it did.
  std::size_t take(std::size_t group, std::size_t wanted, std::set<std::size_t>& seen) {
    for (const auto stage : groups_[group].holders) {
      auto count = std::min(wanted, free_[stage]);
      if (count > 0) {
        free_[stage] -= count;
      } else {
        count = take_from_others(stage, wanted, seen);
      }
      if (count == 0) continue;
      groups_[group].matched[stage] += count;
      return count;
    }
    return 0;
  }

  std::size_t take_from_others(std::size_t stage, std::size_t wanted, std::set<std::size_t>& seen) {
    for (std::size_t other = 0; other < groups_.size(); ++other) {
      const auto has = groups_[other].matched.find(stage);
      if (has == groups_[other].matched.end() || has->second == 0 || !seen.insert(other).second) continue;
      const auto count = take(other, std::min(wanted, has->second), seen);
      groups_[other].matched[stage] -= count;
      if (count > 0) return count;
    }
    return 0;
  }

  std::vector<OrderGroup>& groups_;
  std::vector<std::size_t> free_;
};

std::vector<OrderGroup> group_orders(const std::vector<OrderSnapshot>& stalled, const std::vector<StageLoad>& stages) {
  std::map<std::pair<bool, Holders>, OrderGroup> by_kind;  // those that are owed nothing first
  for (const auto& order : stalled) {
    auto holders = holders_of(order, stages);
    auto& group = by_kind[{order.is_owed, holders}];
    group.is_owed = order.is_owed;
    group.holders = std::move(holders);
    group.orders.push_back(&order);
  }
  std::vector<OrderGroup> groups;
  groups.reserve(by_kind.size());
  for (auto& [kind, group] : by_kind) groups.push_back(std::move(group));
  return groups;
}

/// The groups with an unmatched order, and those that have messages which such an order may own.
std::set<std::size_t> suspect_groups(const std::vector<OrderGroup>& groups) {
  std::set<std::size_t> suspects;
  Holders stages;
  for (std::size_t before = groups.size() + 1; before != suspects.size();) {
    before = suspects.size();
    for (std::size_t i = 0; i < groups.size(); ++i) {
      const auto shares = [&](const auto& matched) { return matched.second > 0 && stages.contains(matched.first); };
      if (groups[i].unmatched == 0 && std::ranges::none_of(groups[i].matched, shares)) continue;
      suspects.insert(i);
      stages.insert(groups[i].holders.begin(), groups[i].holders.end());
    }
  }
  return suspects;
}

}  // namespace

StageMatch match_to_stages(const std::vector<OrderSnapshot>& stalled, std::vector<StageLoad>& stages) {
  auto groups = group_orders(stalled, stages);
  Matching(groups, stages).run();
  StageMatch result;
  for (const auto& group : groups) {
    result.missing += group.unmatched;
    if (group.is_owed) result.missing_owed += group.unmatched;
    for (const auto& [stage, orders] : group.matched) stages[stage].waiting += orders;
  }
  for (const auto i : suspect_groups(groups)) {
    for (const auto* order : groups[i].orders) result.suspects.push_back(*order);
  }
  return result;
}

}  // namespace esteira::cli
