#pragma once
#include <cstdint>
#include <string>
#include <variant>

#include "runtime/amqp/message.hpp"

namespace esteira::runtime::amqp {

/// The broker settles one publication, or all up to the tag.
struct Confirm {
  std::uint64_t tag = 0;
  bool multiple = false;
  bool positive = true;
};

/// A mandatory publication reached no queue; its Confirm comes later.
struct Return {
  std::uint64_t tag = 0;  ///< the publish tag that travelled as correlation id; 0 when there is none
};

/// The broker asks publishers to wait (connection.blocked), or not any more.
struct Blocked {
  bool blocked = false;
  std::string reason;
};

using Event = std::variant<Delivery, Confirm, Return, Blocked>;

}  // namespace esteira::runtime::amqp
