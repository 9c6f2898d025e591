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
#include "runtime/metrics/metrics.hpp"

namespace esteira::runtime::amqp {

/// Reads one stage's queue on its own thread and connection; declares the stage's topology at every connect.
/// A lost connection, closed channel or cancelled consumer is reconnected with backoff, for ever; what was not
/// acknowledged comes again from the broker.
class Consumer {
 public:
  struct Options {
    BrokerUrl url;
    std::string name;  ///< the connection's name as the broker shows it
    StageTopology topology;
    std::uint16_t prefetch = 512;        ///< 0 is the broker's own limit, 2000 for quorum queues
    std::chrono::seconds heartbeat{10};  ///< a silent broker is given up after twice this
  };
  /// What was there to be read, in order; never empty. On the consumer's thread; must not block.
  using OnDeliveries = std::function<void(std::vector<Delivery>&& deliveries)>;

  /// Does not start yet. Counts esteira_amqp_reconnects_total{connection="consumer"}.
  Consumer(Options options, OnDeliveries on_deliveries, Metrics& metrics);
  ~Consumer();  ///< stops, if that was not done
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  void start();

  /// Acknowledges. Thread-safe, does not wait. Neighbouring tags leave as one frame (multiple). An id of an earlier
  /// epoch is forgotten: the broker has requeued that delivery.
  void ack(DeliveryId id);
  void ack(const std::vector<DeliveryId>& ids);

  /// Cancels at the broker. What it had sent by then is still handed over, as long as that takes no longer than
  /// `timeout`; once this returns, no further OnDeliveries is called. What was delivered can still be acked. What was
  /// on its way inside the broker goes back to its queue, marked as redelivered, though nobody has seen it.
  void stop_receiving(std::chrono::milliseconds timeout);

  /// Sends the acks given so far and closes; the broker requeues the rest. Returns when the thread has ended, at most
  /// `timeout` later than now on a broker that does not answer.
  void stop(std::chrono::milliseconds timeout);

  [[nodiscard]] bool connected() const;
  /// Why not connected, in a few words, without secrets. Thread-safe.
  [[nodiscard]] std::string unready_reason() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace esteira::runtime::amqp
