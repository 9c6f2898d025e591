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

/// Looks up redelivered messages: when the stage's result is recorded already, the handler is not run again. Fresh
/// messages do not pass through here, so the usual path costs no query.
/// Has a thread and a connection of its own. Waits for PostgreSQL as long as it is unavailable.
/// Separate from Quarantine: that blocks while a group runs alone, and messages with a recorded result must not wait
/// for that.
class Inbox {
 public:
  using Duplicates = std::vector<std::pair<JobPtr, runtime::orders::TerminalResult>>;
  /// Both are called on the inbox's thread.
  struct Routes {
    std::function<void(const Duplicates& duplicates)> recorded;  ///< jobs with their recorded results
    std::function<void(JobPtr job)> unrecorded;                  ///< a job without a recorded result
  };

  Inbox(const std::string& database_url, std::string stage, Routes routes);
  ~Inbox();  ///< stops
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  /// Thread-safe, does not wait.
  void submit(JobPtr job) { queue_.push(std::move(job)); }
  /// Why redelivered messages wait for PostgreSQL, in a line. Empty when they do not. Thread-safe.
  [[nodiscard]] std::string unready_reason() const { return outage_.reason(); }
  /// Leaves what it has not looked up to the broker.
  void stop();

 private:
  void run();
  void route(const std::vector<JobPtr>& jobs);

  const std::string stage_;
  const Routes routes_;
  runtime::postgres::Session session_;
  runtime::Outage outage_{"redelivered messages wait for PostgreSQL", "redelivered messages are looked up again"};
  runtime::BatchQueue<JobPtr> queue_;
  runtime::StopFlag stopping_;
  std::thread thread_;
};

}  // namespace esteira::host
