#include "host/quarantine.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "runtime/lifecycle/backoff.hpp"
#include "runtime/logging/log.hpp"

namespace esteira::host {

namespace {

using runtime::orders::RedriveKey;
using std::chrono::milliseconds;

constexpr std::size_t kMaxSuspectsAtOnce = 256;
constexpr milliseconds kLookAgain{20};

std::vector<RedriveKey> suspect_keys(const std::vector<JobPtr>& jobs) {
  std::vector<RedriveKey> keys;
  keys.reserve(jobs.size());
  for (const auto& job : jobs) keys.push_back({job->message.order_id, job->message.redrive});
  return keys;
}

}  // namespace

Quarantine::Quarantine(const std::string& database_url, std::string stage, milliseconds timeout, Executor& executor,
                       HostMetrics& metrics, OnPoison on_poison)
    : stage_(std::move(stage)),
      timeout_(timeout),
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

void Quarantine::release(const std::vector<RedriveKey>& held) {
  std::vector<RedriveKey> begun;
  for (const auto& group : begun_) begun.insert(begun.end(), group.keys.begin(), group.keys.end());
  if (held.empty() && begun.empty()) return;
  try {
    runtime::orders::release_poison_candidates(session_, stage_, held, begun);
  } catch (const std::exception& error) {
    runtime::log::warn("the next host will take what is left here for crashed", {{"error", error.what()}});
  }
}

void Quarantine::run() {
  while (!stopping_.is_set()) {
    const bool is_idle = begun_.empty() && !is_waiting();
    const auto jobs = is_idle ? queue_.pop(kMaxSuspectsAtOnce) : queue_.pop_for(kMaxSuspectsAtOnce, kLookAgain);
    if (!jobs.empty()) persist([&] { sort(jobs); });
    clear_ended();
    if (is_waiting()) begin_next();
  }
}

bool Quarantine::is_waiting() const {
  return std::any_of(waiting_.begin(), waiting_.end(), [](const auto& jobs) { return !jobs.empty(); });
}

void Quarantine::persist(const std::function<void()>& write) {
  runtime::Backoff backoff(milliseconds(50), milliseconds(2000));
  while (!stopping_.is_set()) {
    try {
      write();
      outage_.recovered();
      return;
    } catch (const std::exception& error) {
      outage_.failed(error.what());
      stopping_.wait_for(backoff.next());
    }
  }
}

void Quarantine::sort(const std::vector<JobPtr>& jobs) {
  const auto known = runtime::orders::find_crash_records(session_, stage_, suspect_keys(jobs));
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const auto& [runs, released] = known[i];
    (released ? metrics_.redelivered_by_stop : metrics_.redelivered_by_crash).Increment();
    if (runs >= static_cast<int>(kGroupSizes.size())) {
      give_up_poison(jobs[i], runs);
    } else if (released && runs == 0) {
      executor_.submit({jobs[i]});
    } else {
      waiting_.at(static_cast<std::size_t>(runs)).push_back(jobs[i]);
    }
  }
}

void Quarantine::give_up_poison(JobPtr job, int runs) {
  runtime::log::error("a message is given up: it crashed the host again and again, at last while it ran alone",
                      {{"order_id", job->message.order_id}, {"runs", runs}});
  on_poison_(std::move(job), "the handler crashed the host " + std::to_string(runs + 1) +
                                 " times with this message, the last times with nothing else running");
}

/// The least suspect first: their groups are the largest, and most of them are only neighbours.
void Quarantine::begin_next() {
  const auto next = std::find_if(waiting_.begin(), waiting_.end(), [](const auto& jobs) { return !jobs.empty(); });
  const auto runs = static_cast<std::size_t>(next - waiting_.begin());
  std::vector<JobPtr> jobs;
  while (!next->empty() && jobs.size() < kGroupSizes.at(runs)) {
    jobs.push_back(std::move(next->front()));
    next->pop_front();
  }
  if (runs == 0) {
    begun_.push_back(begin(jobs));
  } else {
    run_alone(jobs);
  }
}

Quarantine::Group Quarantine::begin(const std::vector<JobPtr>& jobs) {
  Group group{suspect_keys(jobs), {}};
  persist([&] { runtime::orders::mark_poison_candidates(session_, stage_, group.keys); });
  const auto alive = std::make_shared<int>();
  group.alive = alive;
  if (stopping_.is_set()) return group;
  std::vector<JobPtr> members;
  for (const auto& job : jobs) {
    auto member = std::make_shared<Job>(*job);
    member->quarantine_guard = alive;
    members.push_back(std::move(member));
  }
  executor_.submit_while_paused(std::move(members));
  return group;
}

/// Nothing else runs meanwhile, so a crash is this group's. A handler that hangs cannot pause the stage for longer than
/// its time.
void Quarantine::run_alone(const std::vector<JobPtr>& jobs) {
  executor_.pause();
  const auto deadline = std::chrono::steady_clock::now() + 2 * timeout_;
  const auto goes_on = [&] { return !stopping_.is_set() && std::chrono::steady_clock::now() < deadline; };
  while (executor_.is_busy() && goes_on()) stopping_.wait_for(milliseconds(2));
  begun_.push_back(begin(jobs));
  while (!begun_.back().alive.expired() && goes_on()) stopping_.wait_for(milliseconds(2));
  executor_.resume();
}

void Quarantine::clear_ended() {
  const auto ended =
      std::stable_partition(begun_.begin(), begun_.end(), [](const Group& group) { return !group.alive.expired(); });
  std::vector<RedriveKey> keys;
  std::for_each(ended, begun_.end(),
                [&](const Group& group) { keys.insert(keys.end(), group.keys.begin(), group.keys.end()); });
  if (keys.empty() || stopping_.is_set()) return;
  begun_.erase(ended, begun_.end());
  persist([&] { runtime::orders::clear_poison_candidates(session_, stage_, keys); });
}

}  // namespace esteira::host
