#include "host/quarantine.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "runtime/lifecycle/retry.hpp"
#include "runtime/logging/log.hpp"

namespace esteira::host {

namespace {

using runtime::orders::RedriveKey;
using std::chrono::milliseconds;

constexpr std::size_t kMaxLookups = 256;
/// How long candidates gather before the next group starts, and how often ended groups are looked for.
constexpr milliseconds kGatherTime{20};
/// Two things end a wait here, the executor or a stop, so it polls. That happens only after a crash.
constexpr milliseconds kPollInterval{2};

}  // namespace

Quarantine::Quarantine(const std::string& database_url, std::string stage, milliseconds handler_timeout,
                       Executor& executor, HostMetrics& metrics, OnPoison on_poison)
    : stage_(std::move(stage)),
      handler_timeout_(handler_timeout),
      executor_(executor),
      metrics_(metrics),
      on_poison_(std::move(on_poison)),
      session_(database_url, "esteira-host quarantine", runtime::orders::prepare_poison_candidates),
      thread_([this] { run(); }) {}

Quarantine::~Quarantine() { stop(); }

void Quarantine::stop() {
  stopping_.set();
  queue_.close();
  if (thread_.joinable()) thread_.join();
}

void Quarantine::record_release(const std::vector<RedriveKey>& in_flight) {
  std::vector<RedriveKey> counted;
  for (const auto& group : unfinished_groups_) counted.insert(counted.end(), group.keys.begin(), group.keys.end());
  if (in_flight.empty() && counted.empty()) return;
  try {
    runtime::orders::release_poison_candidates(session_, stage_, in_flight, counted);
  } catch (const std::exception& error) {
    runtime::log::warn("the release of messages cannot be recorded; the next host takes them for poison candidates",
                       {{"error", error.what()}});
  }
}

void Quarantine::run() {
  while (!stopping_.is_set()) {
    const bool is_idle = unfinished_groups_.empty() && !is_waiting();
    const auto jobs = is_idle ? queue_.pop(kMaxLookups) : queue_.pop_for(kMaxLookups, kGatherTime);
    if (!jobs.empty()) route(jobs);
    clear_ended_groups();
    if (is_waiting()) start_next_group();
  }
}

bool Quarantine::is_waiting() const {
  return std::any_of(waiting_.begin(), waiting_.end(), [](const auto& jobs) { return !jobs.empty(); });
}

/// False when it was stopped first.
bool Quarantine::persist(const std::function<void()>& statement) {
  return runtime::retry_until_done(stopping_, outage_, statement);
}

void Quarantine::route(const std::vector<JobPtr>& jobs) {
  std::vector<runtime::orders::CrashRecord> records;
  const auto look_up = [&] { records = runtime::orders::find_crash_records(session_, stage_, redrive_keys(jobs)); };
  if (!persist(look_up)) return;
  std::vector<JobPtr> released;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const auto [crash_runs, was_released] = records[i];
    (was_released ? metrics_.redelivered_by_stop : metrics_.redelivered_by_crash).Increment();
    if (crash_runs >= static_cast<int>(kGroupSizes.size())) {
      report_poison(jobs[i], crash_runs);
    } else if (was_released && crash_runs == 0) {
      released.push_back(jobs[i]);
    } else {
      waiting_.at(static_cast<std::size_t>(crash_runs)).push_back(jobs[i]);
    }
  }
  if (!released.empty()) start_released(released);
}

/// Their records go first: a later redelivery is again a sign of a crash, unless a stop releases them again.
void Quarantine::start_released(const std::vector<JobPtr>& jobs) {
  const auto keys = redrive_keys(jobs);
  if (!persist([&] { runtime::orders::clear_poison_candidates(session_, stage_, keys); })) return;
  executor_.submit(jobs);
}

void Quarantine::report_poison(JobPtr job, int crash_runs) {
  runtime::log::error("poison message: its handler crashed the host repeatedly, the last times with nothing beside it",
                      {{"order_id", job->message.order_id}, {"crash_runs", crash_runs}});
  on_poison_(std::move(job), "the handler crashed the host " + std::to_string(crash_runs + 1) +
                                 " times with this message, the last times with nothing else running");
}

/// Candidates with the fewest crash runs start first: their groups are the largest, and most of them are harmless.
void Quarantine::start_next_group() {
  const auto next = std::find_if(waiting_.begin(), waiting_.end(), [](const auto& jobs) { return !jobs.empty(); });
  const auto crash_runs = static_cast<std::size_t>(next - waiting_.begin());
  std::vector<JobPtr> jobs;
  while (!next->empty() && jobs.size() < kGroupSizes.at(crash_runs)) {
    jobs.push_back(std::move(next->front()));
    next->pop_front();
  }
  if (crash_runs == 0) {
    start_group(jobs);
  } else {
    run_alone(jobs);
  }
}

void Quarantine::start_group(const std::vector<JobPtr>& jobs) {
  auto keys = redrive_keys(jobs);
  if (!persist([&] { runtime::orders::mark_poison_candidates(session_, stage_, keys); })) return;
  const auto guard = std::make_shared<int>();
  std::vector<JobPtr> members;
  for (const auto& job : jobs) {
    auto member = std::make_shared<Job>(*job);
    member->quarantine_guard = guard;
    members.push_back(std::move(member));
  }
  unfinished_groups_.push_back({std::move(keys), guard});
  if (stopping_.is_set()) return;
  executor_.submit_while_paused(std::move(members));
}

/// A crash meanwhile is this group's, because nothing else runs. The first wait needs no limit: no job waits for the
/// end of the pause before it gets its outcome. The deadline of the second keeps a group from pausing the stage longer.
void Quarantine::run_alone(const std::vector<JobPtr>& jobs) {
  executor_.pause();
  while (executor_.is_busy() && !stopping_.is_set()) stopping_.wait_for(kPollInterval);
  start_group(jobs);
  const auto deadline = std::chrono::steady_clock::now() + 2 * handler_timeout_;
  const auto may_wait = [&] { return !stopping_.is_set() && std::chrono::steady_clock::now() < deadline; };
  const auto is_running = [&] { return !unfinished_groups_.empty() && !unfinished_groups_.back().guard.expired(); };
  while (is_running() && may_wait()) stopping_.wait_for(kPollInterval);
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
  persist([&] { runtime::orders::clear_poison_candidates(session_, stage_, keys); });
}

}  // namespace esteira::host
