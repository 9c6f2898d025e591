#pragma once
#include <cstdint>
#include <map>
#include <string>

namespace esteira::runtime::amqp {

/// The properties and headers of a message, whose body is JSON. Strings are AMQP short strings: at most 255 bytes.
struct Properties {
  std::string message_id;
  std::string type;                            ///< the routing key of the event
  std::string traceparent;                     ///< header; left out when empty
  std::int64_t timestamp = 0;                  ///< seconds since 1970
  int attempt = 1;                             ///< header x-esteira-attempt; an unreadable value is read as 1
  int redrive = 0;                             ///< header x-esteira-redrive; left out when 0
  int snoozes = 0;                             ///< header x-esteira-snoozes; left out when 0
  std::int64_t snoozed_since = 0;              ///< header x-esteira-snoozed-since: ms since 1970; left out when 0
  std::map<std::string, std::string> headers;  ///< other headers with text values
};

/// Identifies one delivery. The broker counts delivery tags from 1 on every channel, so a tag alone is ambiguous after
/// a reconnect. `epoch` is the consumer's count of its connections: an ack with an old epoch names a delivery that the
/// broker has requeued, and must not be sent.
struct DeliveryId {
  std::uint64_t epoch = 0;
  std::uint64_t tag = 0;
  friend auto operator<=>(const DeliveryId&, const DeliveryId&) = default;
};

struct Delivery {
  DeliveryId id;
  std::string routing_key;
  std::string body;
  Properties properties;
  bool redelivered = false;
  /// Header x-delivery-count: how often the message was requeued unacknowledged; 0 on the first delivery. RabbitMQ 4.3
  /// does not count a requeue by basic.nack.
  std::int64_t delivery_count = 0;
};

struct Publication {
  std::string exchange;
  std::string routing_key;
  std::string body;
  Properties properties;
  /// True: the publication must reach a queue. False: a confirm is enough, even when no queue is bound.
  bool mandatory = true;
  /// The caller's number for this publication, passed to Publisher::OnConfirmed.
  std::uint64_t token = 0;
};

}  // namespace esteira::runtime::amqp
