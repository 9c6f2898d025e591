#pragma once
#include <string>
#include <tuple>

namespace esteira::runtime::amqp {

/// Where a publication goes: an exchange, and the routing key by which it chooses queues.
struct Route {
  std::string exchange;
  std::string routing_key;
  friend bool operator==(const Route&, const Route&) = default;
  bool operator<(const Route& other) const {
    return std::tie(exchange, routing_key) < std::tie(other.exchange, other.routing_key);
  }
};

}  // namespace esteira::runtime::amqp
