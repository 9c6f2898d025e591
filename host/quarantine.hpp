#pragma once
#include <array>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "host/executor.hpp"
#include "host/host_metrics.hpp"
#include "host/job.hpp"
#include "runtime/lifecycle/batch_queue.hpp"
#include "runtime/lifecycle/stop_flag.hpp"
#include "runtime/logging/outage.hpp"
#include "runtime/orders/store/ledger.hpp"
#include "runtime/orders/workers/poison_candidates.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::host {

/// Finds the poison message: the one whose handler crashes the host. The messages beside it are not blamed.
/// A message that was redelivered without a recorded result is a poison candidate. Before a candidate runs, a crash run
/// is counted for it in the database; the counts of a group are removed when its last job is gone. So n crash runs mean
/// that the host ended n times (a crash, a kill, the loss of its node) while a group with this candidate was
/// unfinished. Candidates with more crash runs run in smaller groups: kGroupSizes[n] at once. With one crash run or
/// more a group runs alone: the executor is paused for all other jobs, and finishes those it has before the group
/// starts. A candidate whose crash runs reach the end of kGroupSizes is poison, since it crashed the host twice with
/// nothing beside it.
/// A message that a stopping host released is a candidate only if crash runs are left for it. The release holds for one
/// run: when the host then crashes, the message is a candidate like any other.
/// Has a thread and a connection of its own. Waits for PostgreSQL as long as it is unavailable.
/// Separate from Inbox: this thread blocks while a group runs alone, and messages with a recorded result must not wait.
class Quarantine {
 public:
  /// Called on the quarantine's thread; `reason` is for the order.
  using OnPoison = std::function<void(JobPtr job, const std::string& reason)>;

  /// Starts the thread. A group that runs alone pauses the executor until the jobs queued before have outcomes, then
  /// for at most twice `handler_timeout`, and for as long as PostgreSQL is unavailable between the two.
  Quarantine(const std::string& database_url, std::string stage, std::chrono::milliseconds handler_timeout,
             Executor& executor, HostMetrics& metrics, OnPoison on_poison);
  ~Quarantine();  ///< stops
  Quarantine(const Quarantine&) = delete;
  Quarantine& operator=(const Quarantine&) = delete;

  /// Takes a redelivered message without a recorded result. Thread-safe, does not wait. Ignored after `stop`.
  void submit(JobPtr job) { queue_.push(std::move(job)); }

  /// Why poison candidates wait for PostgreSQL, in a line. Empty when they do not. Thread-safe.
  [[nodiscard]] std::string unready_reason() const { return outage_.reason(); }

  /// Starts no further group and joins the thread. Jobs that wait here stay unacknowledged.
  void stop();

  /// Records in the database that a stopping host releases the messages in `in_flight`, and takes back the crash runs
  /// of those that this quarantine started: the next host must not take them for candidates. Call it after `stop`, with
  /// the executor stopped. Runs on the caller's thread. An error is logged.
  void record_release(const std::vector<runtime::orders::RedriveKey>& in_flight);

 private:
  /// Candidates that were started together. `guard` expires when the last of their jobs is destroyed; its result is
  /// committed and handed to the publisher by then.
  struct Group {
    std::vector<runtime::orders::RedriveKey> keys;
    std::weak_ptr<const void> guard;
  };
  static constexpr std::array<std::size_t, 5> kGroupSizes{4096, 64, 8, 1, 1};  ///< by crash runs

  void run();
  void route(const std::vector<JobPtr>& jobs);
  void start_released(const std::vector<JobPtr>& jobs);
  void start_next_group();
  void start_group(const std::vector<JobPtr>& jobs);
  void run_alone(const std::vector<JobPtr>& jobs);
  void clear_ended_groups();
  void report_poison(JobPtr job, int crash_runs);
  [[nodiscard]] bool is_waiting() const;
  bool persist(const std::function<void()>& statement);

  const std::string stage_;
  const std::chrono::milliseconds handler_timeout_;
  Executor& executor_;
  HostMetrics& metrics_;
  const OnPoison on_poison_;
  runtime::postgres::Session session_;
  runtime::Outage outage_{"poison candidates wait for PostgreSQL", "poison candidates run again"};
  runtime::BatchQueue<JobPtr> queue_;
  runtime::StopFlag stopping_;
  std::array<std::deque<JobPtr>, kGroupSizes.size()> waiting_;  ///< candidates to start, by crash runs
  std::vector<Group> unfinished_groups_;                        ///< started, and their crash runs are not removed yet
  std::thread thread_;
};

}  // namespace esteira::host
