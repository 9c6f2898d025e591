#pragma once
#include <cstdint>
#include <string>
#include <variant>

#include "runtime/amqp/message.hpp"

namespace esteira::runtime::amqp {

/// A publisher confirm: basic.ack or basic.nack of one publication or, with `multiple`, of all up to the tag.
struct Confirm {
  std::uint64_t tag = 0;
  bool multiple = false;
  bool positive = true;  ///< false: basic.nack
};

/// basic.return: no queue took a mandatory publication. The broker sends its Confirm afterwards.
struct Return {
  std::uint64_t tag = 0;  ///< the publish tag, read from the correlation id; 0 when it has none
};

/// connection.blocked: publishers must wait. connection.unblocked: they may publish again.
struct Blocked {
  bool blocked = false;
  std::string reason;
};

/// What the broker sends without being asked. Not an event of an order.
using BrokerEvent = std::variant<Delivery, Confirm, Return, Blocked>;

}  // namespace esteira::runtime::amqp
