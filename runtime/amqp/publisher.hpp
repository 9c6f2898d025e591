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
#include "runtime/metrics/metrics.hpp"

namespace esteira::runtime::amqp {

/// Publishes on its own thread and connection, many unconfirmed at a time, and goes on until each publication is
/// confirmed by the broker and, when mandatory, routed to a queue: a nacked, returned or lost one is published again
/// (returned ones each `unroutable_pause`). Honours connection.blocked by waiting. What is not confirmed lives in
/// memory only: callers keep a durable copy (the outbox, the unacknowledged input) until they are last_warned.
class Publisher {
 public:
  struct Options {
    BrokerUrl url;
    std::string name;      ///< the connection's name as the broker shows it
    std::string exchange;  ///< declared at every connect, unless empty
    std::size_t max_unconfirmed = 2048;
    std::chrono::milliseconds unroutable_pause{1000};
    std::chrono::seconds heartbeat{10};  ///< a silent broker is given up after twice this
  };
  /// Tokens of publications now confirmed and routed. On the publisher's thread; must not block.
  using OnConfirmed = std::function<void(const std::vector<std::uint64_t>& tokens)>;

  /// Does not start yet. Counts esteira_publications_total{result=confirmed|returned|nacked|lost} and
  /// esteira_amqp_reconnects_total{connection="publisher"}.
  Publisher(Options options, OnConfirmed on_confirmed, Metrics& metrics);
  ~Publisher();  ///< stops with no timeout, if that was not done
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  void start();

  /// Thread-safe, does not wait, keeps the order per call. After `stop` it does nothing.
  void publish(std::vector<Publication> publications);

  /// Publications not confirmed yet.
  [[nodiscard]] std::size_t pending() const;
  [[nodiscard]] bool connected() const;
  /// Why nothing can be published, in a few words, without secrets; empty when it can. Thread-safe.
  [[nodiscard]] std::string unready_reason() const;

  /// Waits at most `timeout` for what is pending, then closes; what is left is forgotten.
  void stop(std::chrono::milliseconds timeout);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace esteira::runtime::amqp
