#include "host/candidate_review.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "runtime/orders/store/ledger.hpp"
#include "runtime/orders/workers/worker_heartbeat.hpp"

namespace esteira::host {

namespace {

using runtime::orders::RedriveKey;

constexpr std::size_t kMaxReviewed = 256;
/// How often a message is looked at that another host is running.
constexpr std::chrono::milliseconds kReviewInterval{500};

}  // namespace

void CandidateReview::add(const std::vector<JobPtr>& jobs) {
  const auto now = Clock::now();
  for (const auto& job : jobs) held_.push_back({job, now + options_.settle_time, now});
}

/// Moves the messages that are due to the end of `held_` and out of it.
std::vector<CandidateReview::Held> CandidateReview::take_due(Clock::time_point now) {
  auto first = std::stable_partition(held_.begin(), held_.end(), [now](const Held& held) { return held.due > now; });
  const auto count = std::min<std::ptrdiff_t>(held_.end() - first, kMaxReviewed);
  std::vector<Held> due(std::make_move_iterator(first), std::make_move_iterator(first + count));
  held_.erase(first, first + count);
  return due;
}

CandidateReview::Verdicts CandidateReview::review(runtime::postgres::Session& session) {
  const auto now = Clock::now();
  const auto due = take_due(now);
  if (due.empty()) return {};
  try {
    return judge(session, due, now);
  } catch (...) {
    // What judge has held again already is judged again as well.
    std::set<const Job*> again;
    for (const auto& held : due) again.insert(held.job.get());
    std::erase_if(held_, [&again](const Held& held) { return again.contains(held.job.get()); });
    held_.insert(held_.end(), due.begin(), due.end());
    throw;
  }
}

CandidateReview::Verdicts CandidateReview::judge(runtime::postgres::Session& session, const std::vector<Held>& due,
                                                 Clock::time_point now) {
  std::vector<JobPtr> jobs;
  jobs.reserve(due.size());
  for (const auto& held : due) jobs.push_back(held.job);
  const auto keys = redrive_keys(jobs);
  auto records = runtime::orders::find_crash_records(session, options_.stage, keys);
  watch_owners(session, records, now);
  // Asked after the owners: an owner that has just ended has recorded its result before.
  auto states = runtime::orders::find_message_states(session, options_.stage, message_keys(jobs));

  Verdicts verdicts;
  std::map<std::string, std::vector<RedriveKey>> crashed;
  for (std::size_t i = 0; i < due.size(); ++i) {
    const auto& record = records[i];
    const auto state = is_other(record) ? watch_.state(record.owner) : OwnerWatch::State::stopped;
    if (states[i].result) {
      verdicts.recorded.emplace_back(jobs[i], std::move(*states[i].result));
    } else if (record.released_on_shutdown && record.crash_runs == 0) {
      verdicts.released.push_back(jobs[i]);
    } else if (is_other(record) && state == OwnerWatch::State::alive) {
      hold(due[i], now + kReviewInterval);
    } else if (state == OwnerWatch::State::dead) {
      crashed[record.owner].push_back(keys[i]);
      verdicts.candidates.push_back({jobs[i], record.crash_runs + 1, Cause::crash});
    } else if (due[i].settled_at > now) {
      hold(due[i], due[i].settled_at);
    } else {
      const bool was_stopped = record.released_on_shutdown || is_other(record);
      const auto other_cause = record.crash_runs > 0 ? Cause::crash : Cause::unknown;
      verdicts.candidates.push_back({jobs[i], record.crash_runs, was_stopped ? Cause::stop : other_cause});
    }
  }
  for (const auto& [owner, crashed_keys] : crashed) {
    runtime::orders::count_crash(session, options_.stage, crashed_keys, owner);
  }
  return verdicts;
}

void CandidateReview::watch_owners(runtime::postgres::Session& session, const std::vector<Record>& records,
                                   Clock::time_point now) {
  std::set<std::string> owners;
  for (const auto& record : records) {
    if (is_other(record)) owners.insert(record.owner);
  }
  if (owners.empty()) return;
  owners.insert(options_.instance);
  watch_.update(runtime::orders::read_heartbeats(session, owners), now);
}

bool CandidateReview::is_other(const Record& record) const {
  return !record.owner.empty() && record.owner != options_.instance;
}

void CandidateReview::hold(Held held, Clock::time_point until) {
  held.due = until;
  held_.push_back(std::move(held));
}

}  // namespace esteira::host
