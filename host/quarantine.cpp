#include "host/quarantine.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "runtime/lifecycle/retry.hpp"
#include "runtime/logging/log.hpp"
#include "runtime/orders/workers/poison_candidates.hpp"

namespace esteira::host {

namespace {

using runtime::orders::RedriveKey;
using std::chrono::milliseconds;

constexpr std::size_t kMaxTaken = 256;
/// How long candidates gather before the next group starts, and how often ended groups are looked for.
constexpr milliseconds kGatherTime{20};
/// The same while no handler may start.
constexpr milliseconds kBlockedTime{200};
/// Two things end a wait here, the executor or a stop, so it polls. That happens only after a crash.
constexpr milliseconds kPollInterval{2};
/// How often the ledger is asked for candidates that wait for their turn.
constexpr milliseconds kDropInterval{1000};

/// The statements of the thread: what is recorded, and the records of candidates.
void prepare_quarantine(pqxx::connection& connection) {
  runtime::orders::prepare_ledger(connection);
  runtime::orders::prepare_poison_candidates(connection);
}

}  // namespace

Quarantine::Quarantine(Options options, Executor& executor, HostMetrics& metrics, Routes routes)
    : options_(std::move(options)),
      executor_(executor),
      metrics_(metrics),
      routes_(std::move(routes)),
      session_(options_.database_url, "esteira-host quarantine", prepare_quarantine),
      claims_(options_.review.stage, options_.review.instance, routes_.in_flight),
      review_(options_.review),
      thread_([this] { run(); }) {}

Quarantine::~Quarantine() { stop(); }

void Quarantine::stop() {
  stopping_.set();
  queue_.close();
  if (thread_.joinable()) thread_.join();
}

void Quarantine::claim_in_flight() {
  claims_.request();
  queue_.push(nullptr);
}

void Quarantine::record_release() {
  try {
    runtime::orders::release_poison_candidates(session_, options_.review.stage, routes_.in_flight());
  } catch (const std::exception& error) {
    runtime::log::warn("the release of messages cannot be recorded; the next host takes them for poison candidates",
                       {{"error", error.what()}});
  }
}

void Quarantine::run() {
  while (!stopping_.is_set()) {
    const bool is_blocked = is_waiting() && executor_.places() == 0;
    take(is_idle() ? queue_.pop(kMaxTaken) : queue_.pop_for(kMaxTaken, is_blocked ? kBlockedTime : kGatherTime));
    update();
    clear_ended_groups();
    if (const auto places = is_waiting() ? executor_.places() : 0; places > 0) start_next_group(places);
  }
}

bool Quarantine::is_idle() const {
  return unfinished_groups_.empty() && !is_waiting() && review_.empty() && !claims_.is_active();
}

bool Quarantine::is_waiting() const {
  return std::any_of(waiting_.begin(), waiting_.end(), [](const auto& jobs) { return !jobs.empty(); });
}

/// False when it was stopped first.
bool Quarantine::persist(const std::function<void()>& statement) {
  // A claim must be written soon after the end of an outage: other hosts do not wait long for it.
  return runtime::retry_until_done(stopping_, outage_, statement, {milliseconds(50), milliseconds(500)});
}

void Quarantine::take(std::vector<JobPtr> jobs) {
  std::erase(jobs, nullptr);
  review_.add(jobs);
}

/// Writes claims, and decides about the messages that are held. Starts no group.
void Quarantine::update() {
  if (claims_.is_active() && !persist([this] { claims_.update(session_); })) return;
  if (!review_.empty()) {
    CandidateReview::Verdicts verdicts;
    if (!persist([&] { verdicts = review_.review(session_); })) return;
    route(verdicts);
  }
  drop_recorded();
}

void Quarantine::route(const CandidateReview::Verdicts& verdicts) {
  if (!verdicts.recorded.empty()) routes_.recorded(verdicts.recorded);
  for (const auto& [job, crash_runs, cause] : verdicts.candidates) {
    auto& by_stop_or_unknown =
        cause == CandidateReview::Cause::stop ? metrics_.redelivered_by_stop : metrics_.redelivered_by_unknown;
    (cause == CandidateReview::Cause::crash ? metrics_.redelivered_by_crash : by_stop_or_unknown).Increment();
    if (crash_runs >= static_cast<int>(kGroupSizes.size()) || crash_runs >= options_.max_crash_runs) {
      report_poison(job, crash_runs);
    } else {
      waiting_.at(static_cast<std::size_t>(crash_runs)).push_back(job);
    }
  }
  metrics_.redelivered_by_stop.Increment(static_cast<double>(verdicts.released.size()));
  if (verdicts.released.size() > executor_.places()) {
    waiting_.front().insert(waiting_.front().end(), verdicts.released.begin(), verdicts.released.end());
  } else if (!verdicts.released.empty()) {
    start_released(verdicts.released);
  }
}

/// The release held for one run. This host owns them now: its crash would count.
void Quarantine::start_released(std::vector<JobPtr> jobs) {
  if (!keep_runnable(jobs) || jobs.empty()) return;
  for (auto& job : own(jobs, Guards::one_each)) executor_.submit({std::move(job)});
}

void Quarantine::report_poison(const JobPtr& job, int crash_runs) {
  runtime::log::error("poison message: hosts crashed repeatedly while they ran it",
                      {{"order_id", job->message.order_id}, {"crash_runs", crash_runs}});
  const bool was_alone = crash_runs >= static_cast<int>(kGroupSizes.size());
  routes_.on_poison(job, "the host crashed " + std::to_string(crash_runs) + " times while it ran this message" +
                             (was_alone ? ", the last times with nothing else running" : ""));
}

/// While the stage's circuit breaker is open or the stage is paused, candidates wait here and belong to no host: a
/// crash is not counted for them. Candidates with the fewest crash runs start first: their groups are the largest, and
/// most of them are harmless.
void Quarantine::start_next_group(std::size_t places) {
  const auto next = std::find_if(waiting_.begin(), waiting_.end(), [](const auto& jobs) { return !jobs.empty(); });
  const auto crash_runs = static_cast<std::size_t>(next - waiting_.begin());
  std::vector<JobPtr> jobs;
  while (!next->empty() && jobs.size() < std::min(kGroupSizes.at(crash_runs), places)) {
    jobs.push_back(std::move(next->front()));
    next->pop_front();
  }
  if (!keep_runnable(jobs) || jobs.empty()) return;
  if (crash_runs == 0) {
    executor_.submit_while_paused(own(jobs, Guards::one_each));
  } else {
    run_alone(jobs);
  }
}

/// Right before candidates run: another host may have recorded a result while they waited, or the order may be to be
/// cancelled. No other host runs them any more. Passes those on, and leaves the others in `jobs`. False when it was
/// stopped first.
bool Quarantine::keep_runnable(std::vector<JobPtr>& jobs) {
  std::vector<runtime::orders::MessageState> states;
  const auto look_up = [&] {
    states = runtime::orders::find_message_states(session_, options_.review.stage, message_keys(jobs));
  };
  if (!persist(look_up)) return false;
  Inbox::Duplicates recorded;
  std::vector<JobPtr> others;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (states[i].result) {
      recorded.emplace_back(std::move(jobs[i]), std::move(*states[i].result));
    } else if (states[i].is_cancel_requested) {
      routes_.cancelled(std::move(jobs[i]));
    } else {
      others.push_back(std::move(jobs[i]));
    }
  }
  jobs = std::move(others);
  if (!recorded.empty()) routes_.recorded(recorded);
  return true;
}

/// Candidates that wait for their turn leave as soon as another host has recorded their result.
void Quarantine::drop_recorded() {
  if (!is_waiting() || std::chrono::steady_clock::now() < next_drop_) return;
  next_drop_ = std::chrono::steady_clock::now() + kDropInterval;
  if (executor_.places() == 0) drop_overdue();
  for (auto& queue : waiting_) {
    std::vector<JobPtr> jobs(queue.begin(), queue.end());
    if (jobs.empty() || !keep_runnable(jobs)) continue;
    queue.assign(jobs.begin(), jobs.end());
  }
}

/// While no handler may start, candidates wait no longer than other messages: the broker would give up the connection.
/// Crashes that are counted for them stay on record.
void Quarantine::drop_overdue() {
  const auto received_before = std::chrono::steady_clock::now() - options_.hold_limit;
  for (auto& queue : waiting_) {
    std::erase_if(queue, [&](const JobPtr& job) {
      if (job->received > received_before) return false;
      routes_.overdue(job);
      return true;
    });
  }
}

/// Makes this host the owner of jobs that are about to run. Returns them with their guards; nothing when it was stopped
/// first.
std::vector<JobPtr> Quarantine::own(const std::vector<JobPtr>& jobs, Guards guards) {
  const auto keys = redrive_keys(jobs);
  const auto write = [&] {
    runtime::orders::own_candidates(session_, options_.review.stage, keys, options_.review.instance);
  };
  if (!persist(write) || stopping_.is_set()) return {};
  std::vector<JobPtr> members;
  members.reserve(jobs.size());
  std::shared_ptr<const void> guard;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (guard == nullptr || guards == Guards::one_each) {
      guard = std::make_shared<int>();
      unfinished_groups_.push_back({{}, guard});
    }
    unfinished_groups_.back().keys.push_back(keys[i]);
    auto member = std::make_shared<Job>(*jobs[i]);
    member->quarantine_guard = guard;
    members.push_back(std::move(member));
  }
  return members;
}

/// A crash meanwhile is this group's, because nothing else runs. The first wait needs no limit: no job waits for the
/// end of the pause before it gets its outcome. The deadline of the second keeps a group from pausing the stage longer.
void Quarantine::run_alone(const std::vector<JobPtr>& jobs) {
  const auto wait = [this] {
    take(queue_.pop_for(kMaxTaken, kPollInterval));
    update();
  };
  executor_.pause();
  while (executor_.is_busy() && !stopping_.is_set()) wait();
  auto members = own(jobs, Guards::shared);
  if (members.empty()) return executor_.resume();
  const std::weak_ptr<const void> group = unfinished_groups_.back().guard;
  executor_.submit_while_paused(std::move(members));
  const auto deadline = std::chrono::steady_clock::now() + 2 * options_.handler_timeout;
  // A circuit breaker that opens meanwhile keeps the rest of the group, and a pause would keep it from closing.
  const auto may_wait = [&] {
    return !stopping_.is_set() && std::chrono::steady_clock::now() < deadline &&
           (executor_.is_busy() || executor_.places() > 0);
  };
  while (!group.expired() && may_wait()) wait();
  executor_.resume();
}

void Quarantine::clear_ended_groups() {
  auto& groups = unfinished_groups_;
  const auto ended =
      std::stable_partition(groups.begin(), groups.end(), [](const Group& group) { return !group.guard.expired(); });
  std::vector<RedriveKey> keys;
  std::for_each(ended, groups.end(),
                [&](const Group& group) { keys.insert(keys.end(), group.keys.begin(), group.keys.end()); });
  if (keys.empty() || stopping_.is_set()) return;
  groups.erase(ended, groups.end());
  persist([&] {
    runtime::orders::clear_poison_candidates(session_, options_.review.stage, keys, options_.review.instance);
  });
}

}  // namespace esteira::host
