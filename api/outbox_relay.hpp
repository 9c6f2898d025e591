#pragma once
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "api/confirm_latch.hpp"
#include "runtime/amqp/broker_url.hpp"
#include "runtime/amqp/publisher.hpp"
#include "runtime/lifecycle/batch_queue.hpp"
#include "runtime/lifecycle/stop_flag.hpp"
#include "runtime/logging/outage.hpp"
#include "runtime/metrics/metrics.hpp"
#include "runtime/orders/store/order_store.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::api {

/// Publishes the events of the outbox to RabbitMQ: events of orders just committed, and events that a sweep found. An
/// event is pending from the call until the relay has deleted its row, or has told the sweep of its confirm. This
/// process does not take a pending event twice; another replica may. Thread-safe, except `start` and `stop`.
class OutboxRelay {
 public:
  struct Options {
    std::string database_url;
    runtime::amqp::BrokerUrl broker;
    std::string exchange;              ///< declared at every connect; each event names its own
    std::size_t max_pending = 20'000;  ///< more events stay in the outbox until a sweep
  };

  /// Throws ConfigError when `database_url` is not a valid conninfo.
  OutboxRelay(Options options, runtime::Metrics& metrics);
  ~OutboxRelay();
  OutboxRelay(const OutboxRelay&) = delete;
  OutboxRelay& operator=(const OutboxRelay&) = delete;

  /// Starts the threads. Nothing is published before the database and the broker were found to belong to the same
  /// installation. Call once.
  void start();

  /// Publishes events whose rows are committed, and deletes each row after its confirm. Takes all events, or none when
  /// that would exceed `max_pending`: a sweep finds them later. Does not block.
  void publish(std::vector<runtime::orders::OutboxEvent> events);

  /// The routes that lead to no queue now. Their events stay in the outbox, except one each, which is pending: when a
  /// queue takes it, the route is not listed any more, and a sweep publishes the others.
  [[nodiscard]] std::vector<runtime::amqp::Route> unroutable() const { return publisher_.unroutable(); }

  /// For a sweep, which has the rows locked: publishes the events that are not pending and fit into `max_pending`, and
  /// waits at most `timeout` for their confirms. Returns the indices of the events confirmed in time, whose rows the
  /// caller deletes. The relay deletes the row of an event that is confirmed later.
  std::vector<std::size_t> publish_swept(const std::vector<runtime::orders::OutboxEvent>& events,
                                         std::chrono::milliseconds timeout);

  /// The number of pending events.
  [[nodiscard]] std::size_t pending() const;

  /// To RabbitMQ; says nothing of PostgreSQL.
  [[nodiscard]] bool connected() const { return publisher_.connected(); }
  /// Why events stay in the outbox: the broker belongs to another installation, or their rows cannot be deleted. One
  /// line, empty when they do not.
  [[nodiscard]] std::string unready_reason() const { return mismatched_ ? start_outage_.reason() : outage_.reason(); }

  /// Waits at most `timeout` for outstanding confirms, then joins the deleter, which finishes its statements: that may
  /// exceed `timeout`. Events without a confirm stay in the outbox. Confirmed events whose rows could not be deleted
  /// are published again by a sweep.
  void stop(std::chrono::milliseconds timeout);

 private:
  struct Unconfirmed {
    runtime::orders::OutboxEvent event;   ///< without its body
    std::shared_ptr<ConfirmLatch> latch;  ///< of the sweep that published it; null when it was not a sweep
    std::size_t index = 0;                ///< of the event in that sweep
  };
  using Publications = std::vector<runtime::amqp::Publication>;

  /// Makes an event pending and appends its publication; does nothing when it is pending already. Needs the mutex.
  void add_pending(Publications& publications, runtime::orders::OutboxEvent event, std::shared_ptr<ConfirmLatch> latch,
                   std::size_t index);
  void on_confirmed(const std::vector<std::uint64_t>& tokens);
  void leave_in_outbox(const std::vector<std::uint64_t>& tokens);
  void start_publisher();
  void delete_confirmed();
  bool delete_rows(const std::vector<runtime::orders::OutboxEvent>& events);

  Options options_;
  runtime::BatchQueue<runtime::orders::OutboxEvent> confirmed_;
  runtime::StopFlag stopping_;
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, Unconfirmed> unconfirmed_;  ///< by the token of the publication
  std::unordered_set<std::string> pending_;                     ///< row keys of the pending events
  std::uint64_t last_token_ = 0;
  runtime::postgres::Session session_;
  runtime::Outage outage_{"published events cannot be deleted from the outbox",
                          "published events can be deleted from the outbox again"};
  runtime::Outage start_outage_{"no event is published yet", "events are published"};
  runtime::StopFlag start_stopping_;
  std::atomic<bool> mismatched_{false};  ///< database and broker belong to different installations
  runtime::amqp::Publisher publisher_;
  std::thread starter_;  ///< compares the installations, then starts the publisher; uses the session before the deleter
  std::thread deleter_;
};

}  // namespace esteira::api
