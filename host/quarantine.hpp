#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "host/candidate_review.hpp"
#include "host/executor.hpp"
#include "host/host_metrics.hpp"
#include "host/in_flight_claims.hpp"
#include "host/inbox.hpp"
#include "host/job.hpp"
#include "runtime/config/setting_defaults.hpp"
#include "runtime/lifecycle/batch_queue.hpp"
#include "runtime/lifecycle/stop_flag.hpp"
#include "runtime/logging/outage.hpp"
#include "runtime/orders/store/ledger.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::host {

/// Finds the poison message: the one whose handler crashes the host. Only the death of the host that ran a message
/// speaks against it: not a lost connection, not a stop, not the number of deliveries. A message that was redelivered
/// without a recorded result goes through CandidateReview first. A candidate belongs to this host in the database
/// before it runs, so that a crash can be counted for it; its record is deleted when its job is gone. So n crash runs
/// mean that n hosts died (a crash, a kill, the loss of a node) while they ran it; the first delivery of a message is
/// not recorded and does not count. Candidates with more crash runs run in smaller groups: kGroupSizes[n] at once. With
/// one crash run or more a group runs alone: the executor is paused for all other jobs, and finishes those it has
/// before the group starts. A candidate whose crash runs reach the end of kGroupSizes, or `max_crash_runs`, is poison.
/// At the end of kGroupSizes it has crashed two hosts with nothing beside it. Has a thread and a connection of its own.
/// Waits for PostgreSQL as long as it is unavailable. Separate from Inbox: this thread waits while a group runs alone,
/// and messages with a recorded result must not wait.
class Quarantine {
 public:
  struct Options {
    std::string database_url;
    std::chrono::milliseconds handler_timeout{0};
    std::chrono::milliseconds hold_limit = runtime::default_duration("ESTEIRA_HOLD_LIMIT");
    std::int64_t max_crash_runs = runtime::default_integer("ESTEIRA_DELIVERY_LIMIT");
    CandidateReview::Options review;
  };
  /// Called on the quarantine's thread, except in_flight.
  struct Routes {
    std::function<void(const Inbox::Duplicates& duplicates)> recorded;     ///< their results are recorded by now
    std::function<void(JobPtr job)> cancelled;                             ///< its order is to be cancelled
    std::function<void(const JobPtr& job)> overdue;                        ///< no handler could start until hold_limit
    std::function<void(JobPtr job, const std::string& reason)> on_poison;  ///< the reason is for the order
    InFlightClaims::InFlightKeys in_flight;                                ///< what this host holds; from any thread
  };

  /// Starts the thread. A group that runs alone pauses the executor until the jobs queued before have outcomes, then
  /// for at most twice `handler_timeout`, and for as long as PostgreSQL is unavailable between the two.
  Quarantine(Options options, Executor& executor, HostMetrics& metrics, Routes routes);
  ~Quarantine();  ///< stops
  Quarantine(const Quarantine&) = delete;
  Quarantine& operator=(const Quarantine&) = delete;

  /// Takes a redelivered message without a recorded result. Thread-safe, does not wait. Ignored after `stop`.
  void submit(JobPtr job) { queue_.push(std::move(job)); }
  /// The connection to the broker was lost: other hosts get the messages that this one is working on, and must know.
  /// Thread-safe, does not wait.
  void claim_in_flight();

  /// Why poison candidates wait for PostgreSQL, in a line. Empty when they do not. Thread-safe.
  [[nodiscard]] std::string unready_reason() const { return outage_.reason(); }

  /// Starts no further group and joins the thread. Jobs that wait here stay unacknowledged.
  void stop();

  /// Records in the database that a stopping host releases the messages in flight: the next host must not take them for
  /// candidates. Call it after `stop`, with the executor stopped. Runs on the caller's thread. An error is logged.
  void record_release();

 private:
  /// Jobs with one guard. `guard` expires when the last of their jobs is destroyed; its result is
  /// committed and handed to the publisher by then.
  struct Group {
    std::vector<runtime::orders::RedriveKey> keys;
    std::weak_ptr<const void> guard;
  };
  static constexpr std::array<std::size_t, 5> kGroupSizes{4096, 64, 8, 1, 1};  ///< by crash runs

  void run();
  void take(std::vector<JobPtr> jobs);
  void update();
  void route(const CandidateReview::Verdicts& verdicts);
  void start_released(std::vector<JobPtr> jobs);
  void start_next_group(std::size_t places);
  enum class Guards { shared, one_each };
  std::vector<JobPtr> own(const std::vector<JobPtr>& jobs, Guards guards);
  void run_alone(const std::vector<JobPtr>& jobs);
  void clear_ended_groups();
  void drop_recorded();
  void drop_overdue();
  bool keep_runnable(std::vector<JobPtr>& jobs);
  void report_poison(const JobPtr& job, int crash_runs);
  [[nodiscard]] bool is_waiting() const;
  [[nodiscard]] bool is_idle() const;
  bool persist(const std::function<void()>& statement);

  const Options options_;
  Executor& executor_;
  HostMetrics& metrics_;
  const Routes routes_;
  runtime::postgres::Session session_;
  runtime::Outage outage_{"poison candidates wait for PostgreSQL", "poison candidates run again"};
  runtime::BatchQueue<JobPtr> queue_;  ///< null wakes the thread
  runtime::StopFlag stopping_;
  InFlightClaims claims_;
  CandidateReview review_;
  std::array<std::deque<JobPtr>, kGroupSizes.size()> waiting_;  ///< candidates to start, by crash runs
  std::chrono::steady_clock::time_point next_drop_;
  std::vector<Group> unfinished_groups_;  ///< started, and their records are not deleted yet
  std::thread thread_;
};

}  // namespace esteira::host
