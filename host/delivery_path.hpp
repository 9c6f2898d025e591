#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "host/breaker_metrics.hpp"
#include "host/cancellation_watch.hpp"
#include "host/circuit_breaker.hpp"
#include "host/committer.hpp"
#include "host/executor.hpp"
#include "host/forwarder.hpp"
#include "host/host_metrics.hpp"
#include "host/in_flight.hpp"
#include "host/inbox.hpp"
#include "host/plugin_metrics.hpp"
#include "host/prefetch_policy.hpp"
#include "host/quarantine.hpp"
#include "host/receiver.hpp"
#include "host/scheduled_sender.hpp"
#include "host/stage_options.hpp"
#include "runtime/amqp/consumer.hpp"
#include "runtime/amqp/publisher.hpp"
#include "runtime/config/config.hpp"
#include "runtime/metrics/metrics.hpp"
#include "runtime/plugin/plugin.hpp"

namespace esteira::host {

/// The parts that a delivery passes, connected to each other:
/// consumer → receiver → [inbox → quarantine] → executor → outcome policy → committer → forwarder → publisher → ack.
/// The circuit breaker is the executor's gate: it keeps jobs whose handlers may not start, and puts back a job whose
/// result is no attempt. One that it kept for too long goes to the committer, to be scheduled; one of an order that is
/// to be cancelled goes there, too.
/// Only a redelivery passes inbox and quarantine; one whose result is recorded goes from the inbox to the forwarder. A
/// message after a retry, snooze or redrive passes the inbox. When its order is to be cancelled, inbox and quarantine
/// pass a message to the committer; if the request is not open any more, the committer gives it back to the inbox. A
/// malformed message goes from the receiver to the forwarder; a poison message goes to the committer as a failure. A
/// failure that the database rejects goes from the committer to the forwarder as well. A delivery is acknowledged when
/// its publication is confirmed, or at once when nothing is to be published. A crash before that loses nothing: the
/// broker redelivers the message. A message that is scheduled in the database is sent to the queue by ScheduledSender.
class DeliveryPath {
 public:
  /// `options` and `metrics` must outlive the object. Throws ConfigError. Does not connect to RabbitMQ yet.
  DeliveryPath(const StageOptions& options, runtime::StageObject stage, const runtime::Config& config,
               runtime::Metrics& metrics);

  void start_publisher() { publisher_->start(); }
  /// Other bindings of the stage's queue, as Consumer::rebind.
  void rebind(const runtime::orders::QueueKeys& keys) { consumer_->rebind(keys.consumes, keys.obsolete); }
  [[nodiscard]] std::vector<std::string> unbound_keys() const { return consumer_->unbound_keys(); }

  /// The database must have its schema, and the publisher must have been started.
  void start_consumer() {
    breaker_.start();
    consumer_->start();
    scheduled_sender_.start();
  }

  /// Stops receiving, lets running handlers finish, commits and publishes their results, acknowledges what is confirmed
  /// and leaves the rest to the broker, in about `timeout`: a statement of inbox or quarantine that runs is waited for,
  /// and closing connections may take a little longer. False when a blocking handler could not be ended: the process
  /// must exit without destructors.
  bool stop(std::chrono::milliseconds timeout);

  [[nodiscard]] const InFlight& in_flight() const { return in_flight_; }
  [[nodiscard]] CircuitBreaker& breaker() { return breaker_; }

  // Thread-safe. Empty when all is well.
  [[nodiscard]] std::string database_unready_reason() const;
  [[nodiscard]] std::string broker_unready_reason() const;
  [[nodiscard]] std::string executor_unready_reason() const { return executor_.unready_reason(); }

 private:
  // What the parts call to pass a job on, in the order of the path.
  Receiver::Routes receiver_routes();
  Inbox::Routes inbox_routes();
  Quarantine::Routes quarantine_routes();
  CircuitBreaker::Routes breaker_routes();
  void fail(JobPtr job, const std::string& reason);
  void cancel(JobPtr job);
  void forward(const std::vector<JobResult>& batch, const std::vector<runtime::orders::RecordedResult>& recorded);
  void on_confirmed(const std::vector<std::uint64_t>& tokens);
  void acknowledge(const std::vector<std::uint64_t>& tokens);

  std::unique_ptr<runtime::amqp::Consumer> make_consumer(const runtime::Config& config);
  std::unique_ptr<runtime::amqp::Publisher> make_publisher(const runtime::Config& config);
  [[nodiscard]] std::vector<runtime::orders::RedriveKey> keys_in_flight() const;
  [[nodiscard]] std::vector<std::string> orders_in_flight() const;

  const StageOptions& options_;
  runtime::Metrics& metrics_;
  HostMetrics host_metrics_;
  BreakerMetrics breaker_metrics_;
  PluginMetrics plugin_metrics_;
  PrefetchPolicy prefetch_;
  InFlight in_flight_;
  CancellationWatch cancellation_watch_;
  std::unique_ptr<runtime::amqp::Consumer> consumer_;  ///< both ends of the path: it acknowledges, too
  // From here in reverse: a part is destroyed before those that it passes jobs to.
  std::unique_ptr<runtime::amqp::Publisher> publisher_;
  ScheduledSender scheduled_sender_;
  Forwarder forwarder_;
  Committer committer_;
  CircuitBreaker breaker_;
  Executor executor_;
  Quarantine quarantine_;
  Inbox inbox_;
  Receiver receiver_;
};

}  // namespace esteira::host
