#pragma once
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

/// Brings the outbox's events to the broker: those of orders just committed at once, those that a sweep found when it
/// asks. An event is held from here until its row is deleted, so that a sweep can leave it alone. Thread-safe.
class OutboxRelay {
 public:
  struct Options {
    std::string database_url;
    runtime::amqp::BrokerUrl broker;
    std::string exchange;
    std::size_t max_held = 20'000;  ///< more than these wait in the outbox for a sweep
  };

  /// Throws ConfigError when the database's URL is none.
  OutboxRelay(Options options, runtime::Metrics& metrics);
  ~OutboxRelay();
  OutboxRelay(const OutboxRelay&) = delete;
  OutboxRelay& operator=(const OutboxRelay&) = delete;

  void start();

  /// Publishes events whose rows are committed, and deletes each row after its confirm. Does not wait.
  void publish(std::vector<runtime::orders::OutboxEvent> events);

  /// For a sweep that holds the rows locked: publishes those events that are not held already and waits for their
  /// confirms, at most `timeout`. Returns the indices of those confirmed; the caller deletes their rows.
  std::vector<std::size_t> publish_swept(const std::vector<runtime::orders::OutboxEvent>& events,
                                         std::chrono::milliseconds timeout);

  /// Events whose rows are not deleted yet.
  [[nodiscard]] std::size_t held() const;

  [[nodiscard]] bool connected() const { return publisher_.connected(); }
  /// Why nothing can be published, in a few words; empty when it can.
  [[nodiscard]] std::string unready_reason() const { return publisher_.unready_reason(); }

  /// Waits at most `timeout` for the confirms that are due; what is left stays in the outbox.
  void stop(std::chrono::milliseconds timeout);

 private:
  struct Held {
    runtime::orders::OutboxEvent event;   ///< without its body
    std::shared_ptr<ConfirmLatch> latch;  ///< of a sweep that waits; may be null
    std::size_t index = 0;                ///< in that sweep
  };
  using Publications = std::vector<runtime::amqp::Publication>;

  void hold(Publications& publications, runtime::orders::OutboxEvent event, std::shared_ptr<ConfirmLatch> latch,
            std::size_t index);
  void on_confirmed(const std::vector<std::uint64_t>& tokens);
  void delete_confirmed();
  bool delete_rows(const std::vector<runtime::orders::OutboxEvent>& events);

  Options options_;
  runtime::BatchQueue<runtime::orders::OutboxEvent> confirmed_;
  runtime::StopFlag stopping_;
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, Held> unconfirmed_;
  std::unordered_set<std::string> held_;  ///< keys of events whose rows are still to be deleted
  std::uint64_t last_token_ = 0;
  runtime::postgres::Session session_;
  runtime::Outage outage_{"published events stay in the outbox for now", "published events leave the outbox again"};
  runtime::amqp::Publisher publisher_;
  std::thread deleter_;
};

}  // namespace esteira::api
