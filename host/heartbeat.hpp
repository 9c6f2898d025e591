#pragma once
#include <string>
#include <thread>

#include "host/in_flight.hpp"
#include "host/stage_options.hpp"
#include "runtime/lifecycle/stop_flag.hpp"
#include "runtime/orders/workers/worker_heartbeat.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::host {

/// Says in the database every few seconds that this host is there and how many messages it holds, so that an audit can
/// tell an order that is being worked on from one that is lost. Also forgets suspicions that nobody touched for a day.
class Heartbeat {
 public:
  Heartbeat(const std::string& database_url, const StageOptions& options, const InFlight& in_flight);
  ~Heartbeat();
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

  /// Once the database has its schema.
  void start();
  /// Leaves: this host holds nothing more.
  void stop();

 private:
  void run();
  void report();

  const InFlight& in_flight_;
  runtime::orders::WorkerHeartbeat presence_;
  runtime::postgres::Session session_;
  runtime::StopFlag stopping_;
  std::thread thread_;
};

}  // namespace esteira::host
