#include "runtime/orders/envelope/message_id.hpp"

#include <cstddef>

namespace esteira::runtime::orders {

std::string message_id(std::string_view order_id, int redrive, int attempt, std::string_view destination, int snoozes) {
  constexpr std::size_t kNumbers = 24;
  std::string id;
  id.reserve(order_id.size() + kNumbers + destination.size());
  id.append(order_id).append(":").append(std::to_string(redrive)).append(":").append(std::to_string(attempt));
  if (snoozes > 0) id.append(".").append(std::to_string(snoozes));
  return id.append(":").append(destination);
}

}  // namespace esteira::runtime::orders
