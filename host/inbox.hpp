#pragma once
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "host/job.hpp"
#include "runtime/lifecycle/batch_queue.hpp"
#include "runtime/lifecycle/stop_flag.hpp"
#include "runtime/logging/outage.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::host {

/// Looks up messages that were redelivered, or that come after a retry, a snooze or a redrive. When the stage's result
/// is recorded already, or a later message of the order is scheduled, the handler is not run again. When the order is
/// to be cancelled, it is not run either; of a redelivered message the quarantine decides that, because another host
/// may be running it. Fresh messages do not pass through here, so the usual path costs no query. Has a thread and a
/// connection of its own. Waits for PostgreSQL as long as it is unavailable. Separate from Quarantine: that blocks
/// while a group runs alone, and messages with a recorded result must not wait for that.
class Inbox {
 public:
  using Duplicates = std::vector<std::pair<JobPtr, runtime::orders::TerminalResult>>;
  /// All are called on the inbox's thread.
  struct Routes {
    std::function<void(const Duplicates& duplicates)> recorded;  ///< jobs with their recorded results
    std::function<void(JobPtr job)> redelivered;                 ///< a redelivered job without a recorded result
    std::function<void(JobPtr job)> cancelled;                   ///< its order is to be cancelled
    std::function<void(std::vector<JobPtr> jobs)> to_run;
  };

  Inbox(const std::string& database_url, std::string stage, Routes routes);
  ~Inbox();  ///< stops
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  /// Thread-safe, does not wait.
  void submit(JobPtr job) { queue_.push(std::move(job)); }
  /// Why retried and redelivered messages wait for PostgreSQL, in a line. Empty when they do not. Thread-safe.
  [[nodiscard]] std::string unready_reason() const { return outage_.reason(); }
  /// Leaves what it has not looked up to the broker.
  void stop();

 private:
  void run();
  void look_up(const std::vector<JobPtr>& jobs);
  void route(const std::vector<JobPtr>& jobs, std::vector<runtime::orders::MessageState>& states) const;

  const std::string stage_;
  const Routes routes_;
  runtime::postgres::Session session_;
  runtime::Outage outage_{"retried and redelivered messages wait for PostgreSQL",
                          "retried and redelivered messages are looked up again"};
  runtime::BatchQueue<JobPtr> queue_;
  runtime::StopFlag stopping_;
  std::thread thread_;
};

}  // namespace esteira::host
