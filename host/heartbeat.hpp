#pragma once
#include <chrono>
#include <string>
#include <thread>

#include "host/circuit_breaker.hpp"
#include "host/in_flight.hpp"
#include "host/stage_registration.hpp"
#include "runtime/lifecycle/stop_flag.hpp"
#include "runtime/logging/outage.hpp"
#include "runtime/postgres/commit_waits.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::host {

/// Renews this host's registration in the database every two seconds, with the number of messages in flight. An audit
/// reads from it whether an order may still be in a host or is lost, and other hosts whether this one is alive. Tells
/// the circuit breaker whether an operator has paused the stage. Also deletes crash records older than a day, and
/// rehearses the statement that records results, so that a host without messages knows whether it could work. Has a
/// thread and a connection of its own. An error is logged and the heartbeat is tried again at its next time.
class Heartbeat {
 public:
  /// The references must outlive the object.
  Heartbeat(const std::string& database_url, StageRegistration& registration, const InFlight& in_flight,
            CircuitBreaker& breaker);
  ~Heartbeat();  ///< stops
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

  /// Call it when the host is registered.
  void start();
  /// Why results could not be recorded at the last heartbeat, or that the first one is awaited, in a line. Empty when
  /// they could. Thread-safe.
  [[nodiscard]] std::string unready_reason() const { return outage_.reason(); }
  /// Removes the heartbeat: this host holds no message any more.
  void stop();

 private:
  void run();
  void report();

  StageRegistration& registration_;
  const InFlight& in_flight_;
  CircuitBreaker& breaker_;
  runtime::postgres::Session session_;
  runtime::postgres::CommitWaits commit_waits_;
  runtime::Outage outage_{"the heartbeat finds that results cannot be stored", "the heartbeat is written again"};
  runtime::StopFlag stopping_;
  std::chrono::steady_clock::time_point next_prune_;
  std::thread thread_;
};

}  // namespace esteira::host
