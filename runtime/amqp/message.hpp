#pragma once
#include <cstdint>
#include <map>
#include <string>

namespace esteira::runtime::amqp {

/// What travels beside a body, which is JSON. Strings are AMQP short strings: at most 255 bytes.
struct Properties {
  std::string message_id;
  std::string type;                            ///< the routing key of the event
  std::string traceparent;                     ///< header; left out when empty
  std::int64_t timestamp = 0;                  ///< seconds since 1970
  int attempt = 1;                             ///< header x-esteira-attempt; anything unreadable counts as 1
  int redrive = 0;                             ///< header x-esteira-redrive; left out when 0
  std::map<std::string, std::string> headers;  ///< other headers with text values
};

/// Names one delivery on one channel of one connection. `epoch` is raised at every reconnect.
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
  /// x-delivery-count: how often it came back unacknowledged; 0 on the first delivery.
  std::int64_t delivery_count = 0;
};

struct Publication {
  std::string exchange;
  std::string routing_key;
  std::string body;
  Properties properties;
  /// Must reach a queue. False for an event that nobody need listen to: confirmed is enough.
  bool mandatory = true;
  /// The caller's name for it, given back when it is confirmed.
  std::uint64_t token = 0;
};

}  // namespace esteira::runtime::amqp
