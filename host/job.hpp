#pragma once
#include <chrono>
#include <cstdint>
#include <esteira/message.hpp>
#include <esteira/outcome.hpp>
#include <memory>
#include <string>

#include "runtime/orders/store/ledger.hpp"

namespace esteira::host {

/// One message on its way through the host. Immutable and shared: a handler that overran its time may still be reading
/// it while its retry is being published.
struct Job {
  std::uint64_t token = 0;  ///< names its delivery in InFlight
  Message message;          ///< empty order_id when the body is not an order
  std::string body;         ///< as received: retries and dead letters carry it on unchanged
  std::string routing_key;  ///< the event's name, also after a retry
  std::int64_t delivery_count = 0;
  std::shared_ptr<const void> quarantine_guard;  ///< with a suspect: what its quarantine group lives by
};
using JobPtr = std::shared_ptr<const Job>;

/// What a handler said.
struct HandlerResult {
  JobPtr job;
  Outcome outcome;
};

/// What is to be written for a job, and what follows from it.
struct JobResult {
  JobPtr job;
  runtime::orders::StageResult effect;
  std::chrono::milliseconds retry_delay{0};  ///< with StageResult::Kind::retry: which retry queue
};

}  // namespace esteira::host
