#pragma once
#include <chrono>
#include <cstdint>
#include <esteira/message.hpp>
#include <esteira/outcome.hpp>
#include <memory>
#include <string>
#include <vector>

#include "runtime/orders/store/ledger.hpp"

namespace esteira::host {

/// One message on its way through the host. Immutable and shared: a handler that exceeds its timeout may still read it
/// while its retry is being published.
struct Job {
  std::uint64_t token = 0;         ///< names its deliveries in InFlight
  Message message;                 ///< order_id is empty when the body is not an order
  std::string body;                ///< as received; a retry and a dead letter carry it unchanged
  std::string message_id;          ///< as received
  std::string event;               ///< the routing key of the event; a retry keeps it
  bool is_redelivered = false;     ///< delivered before: another host may be running it
  int snoozes = 0;                 ///< how often the stage has snoozed the order in this redrive
  std::int64_t snoozed_since = 0;  ///< the time of the first snooze, in milliseconds since 1970; 0: none
  std::chrono::steady_clock::time_point received = std::chrono::steady_clock::now();
  /// Set on a job that the quarantine started: the job's group ends when the last copy of this pointer is gone.
  std::shared_ptr<const void> quarantine_guard;
};
using JobPtr = std::shared_ptr<const Job>;

/// The order and the redrive of each job, in the same order.
inline std::vector<runtime::orders::RedriveKey> redrive_keys(const std::vector<JobPtr>& jobs) {
  std::vector<runtime::orders::RedriveKey> keys;
  keys.reserve(jobs.size());
  for (const auto& job : jobs) keys.push_back({job->message.order_id, job->message.redrive});
  return keys;
}

inline std::vector<runtime::orders::MessageKey> message_keys(const std::vector<JobPtr>& jobs) {
  std::vector<runtime::orders::MessageKey> keys;
  keys.reserve(jobs.size());
  for (const auto& job : jobs) {
    keys.push_back({job->message.order_id, job->message.redrive, job->message.attempt, job->snoozes});
  }
  return keys;
}

/// What the handler returned for a job.
struct HandlerResult {
  JobPtr job;
  Outcome outcome;
  std::chrono::steady_clock::time_point began{};  ///< when the handler began
};

/// What is to be written for a job.
struct JobResult {
  JobPtr job;
  runtime::orders::StageResult stage_result;
  std::chrono::milliseconds retry_delay{0};  ///< retry, snooze; a retry without a schedule: names the retry queue
  bool is_held = false;                      ///< a snooze that no handler asked for: its handler was kept from starting
};

}  // namespace esteira::host
