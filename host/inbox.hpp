#pragma once
#include <chrono>
#include <functional>
#include <optional>
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

/// Looks up messages that were delivered before: those whose effect has landed skip the handler, the rest go to it.
/// Fresh messages never come here, so the usual path costs no query.
class Inbox {
 public:
  using OnEnded = std::function<void(const std::vector<std::pair<JobPtr, runtime::orders::TerminalResult>>& ended)>;
  using OnOpen = std::function<void(JobPtr job)>;

  Inbox(const std::string& database_url, std::string stage, OnEnded on_ended, OnOpen on_open);
  ~Inbox();  ///< leaves what it has not looked up to the broker
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  /// Thread-safe, does not wait.
  void submit(JobPtr job) { queue_.push(std::move(job)); }
  void stop();

 private:
  void run();
  void sort_out(const std::vector<JobPtr>& jobs);
  std::vector<std::optional<runtime::orders::TerminalResult>> find(const std::vector<JobPtr>& jobs);

  const std::string stage_;
  const OnEnded on_ended_;
  const OnOpen on_open_;
  runtime::postgres::Session session_;
  runtime::Outage outage_{"redelivered messages wait for PostgreSQL", "redelivered messages go on"};
  runtime::BatchQueue<JobPtr> queue_;
  runtime::StopFlag stopping_;
  std::thread thread_;
};

}  // namespace esteira::host
