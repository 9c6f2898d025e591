#include "host/held_jobs.hpp"

#include <algorithm>
#include <utility>

namespace esteira::host {

bool HeldJobs::has_startable(Time now) const {
  return std::ranges::any_of(held_, [now](const Held& held) { return held.not_before <= now; });
}

HeldJobs::Time HeldJobs::next_startable(Time now, Time limit) const {
  for (const auto& held : held_) {
    if (held.not_before > now) limit = std::min(limit, held.not_before);
  }
  return limit;
}

std::optional<HeldJobs::Held> HeldJobs::take_next(Time now) {
  auto next = held_.end();
  for (auto held = held_.begin(); held != held_.end(); ++held) {
    if (held->not_before > now) continue;
    if (next == held_.end() || held->failures < next->failures) next = held;
    if (next->failures == 0) break;
  }
  if (next == held_.end()) return std::nullopt;
  auto taken = std::move(*next);
  held_.erase(next);
  return taken;
}

std::vector<HeldJobs::Held> HeldJobs::take_overdue(Time now, std::chrono::milliseconds limit) {
  std::vector<Held> overdue;
  std::erase_if(held_, [&](const Held& held) {
    const auto end = held.job->received + limit;
    if (end > now && end > held.not_before) return false;
    overdue.push_back(held);
    return true;
  });
  return overdue;
}

std::vector<JobPtr> HeldJobs::take_if(const std::function<bool(const Job& job)>& condition) {
  std::vector<JobPtr> taken;
  std::erase_if(held_, [&](const Held& held) {
    if (!condition(*held.job)) return false;
    taken.push_back(held.job);
    return true;
  });
  return taken;
}

}  // namespace esteira::host
