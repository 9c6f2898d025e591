#pragma once
#include <utility>
#include <vector>

#include "cli/dlq/confirmed_publisher.hpp"
#include "runtime/orders/store/outbox.hpp"

namespace esteira::cli {

/// Publishes the messages of orders that were redriven or given up at once, and deletes their outbox rows. Without it
/// they would wait for the next sweep of an API, which still publishes what this cannot: the rows are in the outbox
/// until the broker has confirmed. A message that both publish is a duplicate, which its stage recognises. One thread.
class RedriveRelay {
 public:
  RedriveRelay(runtime::amqp::BrokerUrl broker, runtime::postgres::Session& session)
      : session_(session), publisher_(std::move(broker), "esteira redrive") {}

  /// Takes the message of an order that was just redriven or given up, as it is in the outbox.
  void add(runtime::orders::OutboxEvent&& event);
  [[nodiscard]] bool full() const;
  /// Publishes what was added. When the broker does not take it within seconds, a note on stderr says so, and this and
  /// all later messages are left to an API. Throws Unavailable.
  void flush();

 private:
  runtime::postgres::Session& session_;
  ConfirmedPublisher publisher_;
  std::vector<runtime::orders::OutboxEvent> events_;
  bool left_to_api_ = false;
};

}  // namespace esteira::cli
