#pragma once
#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <utility>

#include "runtime/amqp/queue_reader.hpp"
#include "runtime/lifecycle/stop_flag.hpp"
#include "runtime/logging/outage.hpp"
#include "runtime/metrics/metrics.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::api {

/// Sets the metrics esteira_stage_messages{stage,state} and esteira_stage_hosts{stage} every few seconds: how many
/// messages wait at which registered stage. On a thread with connections of its own, so a slow broker delays nothing. A
/// value that cannot be measured is NaN. Nothing depends on it.
class StageMonitor {
 public:
  struct Options {
    std::string database_url;
    runtime::amqp::BrokerUrl broker;
    std::string exchange;
    std::chrono::milliseconds interval{5000};
  };

  StageMonitor(Options options, runtime::Metrics& metrics);
  ~StageMonitor();  ///< stops
  StageMonitor(const StageMonitor&) = delete;
  StageMonitor& operator=(const StageMonitor&) = delete;

  void start();
  /// Ends a measurement that runs; does not wait for the broker.
  void stop();

 private:
  void run();
  void measure();
  void set(const std::string& stage, const std::string& state, std::size_t value);
  void set_all(double value);

  const Options options_;
  runtime::Metrics& metrics_;
  runtime::postgres::Session session_;
  runtime::amqp::QueueProbe probe_;
  /// By stage and state; state "" is the number of hosts. Grows with the stages that were ever registered.
  std::map<std::pair<std::string, std::string>, prometheus::Gauge*> gauges_;
  runtime::Outage outage_{"the messages of the stages cannot be counted",
                          "the messages of the stages are counted again"};
  runtime::StopFlag stopping_;
  std::thread thread_;
};

}  // namespace esteira::api
