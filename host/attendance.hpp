#pragma once
#include <string>
#include <thread>

#include "host/in_flight.hpp"
#include "host/stage_options.hpp"
#include "runtime/lifecycle/stop_flag.hpp"
#include "runtime/orders/presence.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::host {

/// Says in the database every few seconds that this host is there and how many messages it holds, so that an audit can
/// tell an order that is being worked on from one that is lost. Also forgets suspicions that nobody touched for a day.
class Attendance {
 public:
  Attendance(const std::string& database_url, const StageOptions& options, const InFlight& in_flight);
  ~Attendance();
  Attendance(const Attendance&) = delete;
  Attendance& operator=(const Attendance&) = delete;

  /// Once the database has its schema.
  void start();
  /// Leaves: this host holds nothing more.
  void stop();

 private:
  void run();
  void report();

  const InFlight& in_flight_;
  runtime::orders::Presence presence_;
  runtime::postgres::Session session_;
  runtime::StopFlag stopping_;
  std::thread thread_;
};

}  // namespace esteira::host
