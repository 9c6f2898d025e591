#pragma once
#include <string>
#include <thread>

#include "host/in_flight.hpp"
#include "host/stage_options.hpp"
#include "runtime/lifecycle/stop_flag.hpp"
#include "runtime/orders/workers/worker_heartbeat.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::host {

/// Writes this host's heartbeat to the database every few seconds, with the number of messages in flight. An audit
/// reads from it whether an order may still be in a host or is lost. Also deletes crash records older than a day.
/// Has a thread and a connection of its own. An error is logged and the heartbeat is tried again at its next time.
class Heartbeat {
 public:
  Heartbeat(const std::string& database_url, const StageOptions& options, const InFlight& in_flight);
  ~Heartbeat();  ///< stops
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

  /// Call it when the database has its schema.
  void start();
  /// Removes the heartbeat: this host holds no message any more.
  void stop();

 private:
  void run();
  void report();

  const InFlight& in_flight_;
  runtime::orders::WorkerHeartbeat heartbeat_;
  runtime::postgres::Session session_;
  runtime::StopFlag stopping_;
  std::thread thread_;
};

}  // namespace esteira::host
