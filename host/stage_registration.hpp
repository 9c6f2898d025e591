#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "host/circuit_breaker.hpp"
#include "host/in_flight.hpp"
#include "host/stage_options.hpp"
#include "runtime/orders/workers/stage_registry.hpp"
#include "runtime/orders/workers/worker_heartbeat.hpp"
#include "runtime/orders/workers/workflow.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::host {

/// This host among the hosts of its stage: what it declares is registered, and the queue's bindings follow what the
/// newest host of the stage declares. Used by one thread at a time. Its functions throw postgres::Unavailable.
class StageRegistration {
 public:
  /// Access to the queue's bindings, which the consumer declares.
  struct Bindings {
    std::function<void(const runtime::orders::QueueKeys&)> rebind;
    std::function<std::vector<std::string>()> unbound_keys;
  };

  StageRegistration(const StageOptions& options, const esteira_plugin_descriptor& plugin, const runtime::Config& config,
                    Bindings bindings);

  /// Registers the host, before it consumes. Logs what other running hosts of the stage declare differently. Throws
  /// StageConflict when a host with another plugin is running.
  void begin(runtime::postgres::Session& session);
  /// Writes a heartbeat with the state of the circuit breaker, has the bindings follow the registration, records those
  /// that were removed, and logs faults in the stage's connections with other stages.
  void renew(runtime::postgres::Session& session, const InFlight::Totals& in_flight, const std::string& breaker);
  /// Tells the circuit breaker whether the stage is paused.
  void follow_pause(runtime::postgres::Session& session, CircuitBreaker& breaker) const;
  /// Removes the heartbeat. The stage stays registered.
  void end(runtime::postgres::Session& session);

 private:
  void renew_registration(runtime::postgres::Session& session);
  void follow(const runtime::orders::QueueKeys& keys);
  void record_unbound(runtime::postgres::Session& session);
  void log_workflow_faults(const std::vector<runtime::orders::StageOverview>& stages);

  const runtime::orders::WorkflowTerms workflow_terms_;
  const Bindings bindings_;
  runtime::orders::StageRecord record_;
  runtime::orders::WorkerHeartbeat heartbeat_;
  runtime::orders::QueueKeys keys_;
  std::set<std::string> recorded_unbound_;
  bool conflict_logged_ = false;
  using Clock = std::chrono::steady_clock;
  /// Since when each fault exists. Stages start one after the other: a fault is logged when it lasts.
  std::map<std::string, Clock::time_point> faults_since_;
  std::set<std::string> logged_faults_;
};

}  // namespace esteira::host
