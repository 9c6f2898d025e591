#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "host/breaker_metrics.hpp"
#include "host/breaker_state.hpp"
#include "host/held_jobs.hpp"
#include "host/job.hpp"
#include "host/start_gate.hpp"

namespace esteira::host {

/// Stops a stage whose handlers fail, so that no order uses up its attempts while a dependency is down, and a stage
/// that an operator has paused. It stands before the executor: what must not start is kept, unacknowledged, so that the
/// prefetch bounds it. It also sees each result: one that is no attempt (BreakerState) puts its message back. Messages
/// start in the order of HeldJobs: so each probe is another message, and one that always fails lets the others go
/// first. A message that could be kept for longer than `hold_limit` after its delivery is given back: it is written to
/// the database and comes back later, since RabbitMQ does not wait for ever for an acknowledgement and counts each
/// return of a message. What is kept leaves also when its order is to be cancelled. The state is the host's own:
/// another host of the stage finds out by itself. A pause is shared by all of them. Thread-safe. Has a thread, which
/// sleeps while nothing is kept.
class CircuitBreaker final : public StartGate {
 public:
  struct Options {
    BreakerState::Options state;
    std::chrono::milliseconds hold_limit{300'000};
  };
  struct Routes {
    std::function<void(std::vector<JobPtr> jobs)> submit;   ///< jobs whose handlers may start; on the breaker's thread
    std::function<void(HandlerResult&& result)> on_result;  ///< a result to be recorded; on the handler's thread
    /// A job that was kept for too long comes back after the delay.
    std::function<void(JobPtr job, std::chrono::milliseconds delay, const std::string& reason, bool is_paused)>
        give_back;
    std::function<bool(const std::string& order_id)> is_cancelled;  ///< whether an order is to be cancelled
    std::function<void(JobPtr job)> cancel;                         ///< such a job, whose handler has not begun
  };

  CircuitBreaker(const Options& options, BreakerMetrics& metrics, Routes routes);
  ~CircuitBreaker() override;  ///< stops
  CircuitBreaker(const CircuitBreaker&) = delete;
  CircuitBreaker& operator=(const CircuitBreaker&) = delete;

  void start();
  /// Starts no job any more. Those that are kept stay with the broker.
  void stop();

  bool admit(const JobPtr& job) override;
  [[nodiscard]] std::size_t places() const override;

  /// Takes a job that waited elsewhere for its handler to be admitted, until `hold_limit` was over: it is given back.
  void give_back(const JobPtr& job);

  /// Takes what a handler returned.
  void accept(HandlerResult&& result);

  /// Whether an operator has paused the stage, with his reason.
  void set_paused(bool paused, const std::string& reason);

  [[nodiscard]] BreakerState::State state() const;
  /// The state, what the breaker waits for and why, in one line.
  [[nodiscard]] std::string describe() const;

 private:
  using Clock = BreakerState::Clock;
  using Time = BreakerState::Time;
  using Lock = std::unique_lock<std::mutex>;
  /// What the thread does without the lock.
  struct Work {
    std::vector<JobPtr> start;
    std::vector<HeldJobs::Held> give_back;  ///< not_before: when the job may come back
    std::string reason;                     ///< for what is given back
    std::vector<JobPtr> cancel;
    bool is_paused = false;
    [[nodiscard]] bool empty() const { return start.empty() && give_back.empty() && cancel.empty(); }
  };

  void run();
  Work take_work(Time now);
  void take_cancelled(Time now, Work& work);
  void take_overdue(Time now, Work& work);
  void take_startable(Time now, Work& work);
  void perform(Work work);
  [[nodiscard]] std::optional<Time> next_look(Time now) const;
  void keep(const JobPtr& job, Time not_before, int failures);
  void begin_probe(const JobPtr& job, int failures);
  void withdraw_permits();
  void enter_state(const std::string& detail, Time now);
  void measure(Time now);
  [[nodiscard]] std::string hold_reason() const;

  const Options options_;
  BreakerMetrics& metrics_;
  const Routes routes_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  BreakerState state_;
  BreakerState::State shown_ = BreakerState::State::closed;  ///< the state in metrics and log
  std::string last_error_;                                   ///< of the failure that opened the breaker
  int probe_failures_ = 0;                                   ///< HeldJobs::Held::failures of the probe
  bool paused_ = false;
  std::string pause_reason_;
  HeldJobs kept_;
  std::unordered_set<std::uint64_t> permits_;  ///< tokens of jobs that were submitted and have a place
  std::atomic<bool> is_free_{true};            ///< handlers start without a look at anything else
  Time measured_at_;
  Time cancelled_look_at_ = Time::min();  ///< when orders that are to be cancelled are looked for again
  Time returned_at_ = Time::min();        ///< by when all that was given back for its time has come back
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace esteira::host
