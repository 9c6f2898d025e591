#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/amqp/broker_url.hpp"
#include "runtime/amqp/message.hpp"
#include "runtime/amqp/route.hpp"
#include "runtime/metrics/metrics.hpp"

namespace esteira::runtime::amqp {

/// Publishes on a thread and a connection of its own, with many unconfirmed publications at a time. Each publication is
/// sent again until the broker has confirmed it and, when mandatory, routed it to a queue: after a nack, a return or a
/// lost connection. While the broker blocks publishers (connection.blocked), it waits. Publications of a route
/// (exchange and routing key) that leads to no queue wait, while one of them is sent as a probe again and again, after
/// pauses that grow from `returned_pause` to `max_returned_pause`. Others are not held up. Unconfirmed publications are
/// in memory only: the caller keeps a durable copy (the outbox row, the unacknowledged input) until OnConfirmed.
class Publisher {
 public:
  struct Options {
    BrokerUrl url;
    std::string name;      ///< the connection's name, shown in RabbitMQ's list of connections
    std::string exchange;  ///< declared at every connect; empty: none
    std::size_t max_unconfirmed = 2048;
    std::chrono::milliseconds returned_pause{200};
    std::chrono::milliseconds max_returned_pause{3000};
    std::chrono::seconds heartbeat{10};  ///< a broker that is silent for twice this time counts as lost
  };
  /// Gets the tokens of publications that are confirmed and routed. Called on the publisher's thread. Must not block.
  using OnConfirmed = std::function<void(const std::vector<std::uint64_t>& tokens)>;

  /// Gets the tokens of publications that the publisher gives up because their route leads to no queue: all but the
  /// probe. They are not pending any more. Called on the publisher's thread. Must not block.
  using OnUnroutable = std::function<void(const std::vector<std::uint64_t>& tokens)>;

  /// Without `on_unroutable` the publisher keeps unroutable publications. Tokens of pending publications are unique.
  /// Does not connect before `start`. Counts esteira_publications_total{result=confirmed|returned|nacked|lost} and
  /// esteira_amqp_reconnects_total{connection="publisher"}.
  Publisher(Options options, OnConfirmed on_confirmed, Metrics& metrics, OnUnroutable on_unroutable = {});
  ~Publisher();  ///< calls `stop` with a timeout of 0
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  void start();

  /// Queues publications. Thread-safe, does not block. The publications of one call keep their order as long as none of
  /// them has to be sent again. After `stop` it does nothing.
  void publish(std::vector<Publication> publications);

  /// The number of publications that are queued or unconfirmed. Thread-safe.
  [[nodiscard]] std::size_t pending() const;
  /// The routes that lead to no queue. Thread-safe.
  [[nodiscard]] std::vector<Route> unroutable() const;
  [[nodiscard]] bool connected() const;
  /// Why the publisher cannot publish, in a few words, without secrets; empty when it can. Thread-safe.
  [[nodiscard]] std::string unready_reason() const;

  /// Waits up to `timeout` for pending confirms, except those of unroutable publications, then closes. Publications
  /// that are still pending are dropped.
  void stop(std::chrono::milliseconds timeout);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace esteira::runtime::amqp
