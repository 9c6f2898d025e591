#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/amqp/broker_url.hpp"
#include "runtime/amqp/message.hpp"
#include "runtime/amqp/topology.hpp"
#include "runtime/config/setting_defaults.hpp"
#include "runtime/metrics/metrics.hpp"

namespace esteira::runtime::amqp {

/// Consumes one stage's queue on a thread and a connection of its own. Declares the stage's topology at every connect,
/// and again every `redeclare_interval`: exchange, queues and bindings that somebody deletes are soon there again.
/// After a lost connection, a closed channel or a cancelled consumer it reconnects with backoff, without limit. The
/// broker then redelivers all that was not acknowledged.
class Consumer {
 public:
  struct Options {
    BrokerUrl url;
    std::string name;  ///< the connection's name, shown in RabbitMQ's list of connections
    StageTopology topology;
    /// Unacknowledged deliveries at a time; 0: the broker's own limit, 2000 for quorum queues.
    std::uint16_t prefetch = static_cast<std::uint16_t>(default_integer("ESTEIRA_PREFETCH"));
    /// Unacknowledged deliveries besides, while `wants_more` says so. It is asked often, on the consumer's thread.
    std::uint16_t more_prefetch = 0;
    std::function<bool()> wants_more = {};
    std::chrono::seconds heartbeat{10};  ///< a broker that is silent for twice this time counts as lost
    std::chrono::milliseconds redeclare_interval{3000};
    /// Called on the consumer's thread when a connection that consumed is lost: the broker redelivers what is
    /// unacknowledged. Must not block.
    std::function<void()> on_lost = {};
  };
  /// Gets the deliveries that one read of the socket brought, in order; never empty. Called on the consumer's thread.
  /// Must not block.
  using OnDeliveries = std::function<void(std::vector<Delivery>&& deliveries)>;

  /// Does not connect before `start`. Counts esteira_amqp_reconnects_total{connection="consumer"}.
  Consumer(Options options, OnDeliveries on_deliveries, Metrics& metrics);
  ~Consumer();  ///< calls `stop` with a timeout of one second
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  void start();

  /// Other bindings of the stage's queue, from the next declaration on (within `redeclare_interval`). Thread-safe.
  void rebind(std::vector<std::string> consumes, std::vector<std::string> obsolete_keys);
  /// The obsolete keys to which the last declaration found, or left, the queue not bound. Thread-safe.
  [[nodiscard]] std::vector<std::string> unbound_keys() const;

  /// Acknowledges deliveries. Thread-safe, does not block. Adjacent tags share one frame (`multiple`). An id of an
  /// earlier epoch is ignored: the broker has requeued that delivery.
  void ack(DeliveryId id);
  void ack(const std::vector<DeliveryId>& ids);

  /// Cancels the consumer at the broker. Deliveries that were sent before the cancel still reach OnDeliveries, within
  /// `timeout`. After this returns OnDeliveries is not called any more. Deliveries can still be acknowledged. Messages
  /// that the broker was about to send return to the queue, marked as redelivered although no consumer received them.
  void stop_receiving(std::chrono::milliseconds timeout);

  /// Sends the acks given so far, returns the rest to the queue and closes the connection. Returns when the thread has
  /// ended. When the broker does not answer within `timeout`, the socket is shut down.
  void stop(std::chrono::milliseconds timeout);

  [[nodiscard]] bool connected() const;
  /// Why the consumer is not connected, in a few words, without secrets; empty when it is. Thread-safe.
  [[nodiscard]] std::string unready_reason() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace esteira::runtime::amqp
