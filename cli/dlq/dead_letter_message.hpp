#pragma once
#include <cstdint>
#include <string>

#include "runtime/amqp/message.hpp"
#include "runtime/orders/operations/redrive.hpp"

namespace esteira::cli {

/// A message in a dead-letter queue.
struct DeadLetterMessage {
  runtime::orders::DeadLetter letter;  ///< order_id is empty when the body is not an order
  std::string fault;                   ///< why the body is not an order; empty when it is one
  std::string message_id;
  std::int64_t died_at = 0;  ///< when it was dead-lettered, in seconds since 1970; 0 when unknown
  runtime::amqp::Delivery delivery;
};

}  // namespace esteira::cli
