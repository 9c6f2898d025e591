#include "runtime/orders/envelope/message_id.hpp"

namespace esteira::runtime::orders {

std::string message_id(std::string_view order_id, int redrive, int attempt, std::string_view destination) {
  std::string id(order_id);
  id.append(":").append(std::to_string(redrive)).append(":").append(std::to_string(attempt));
  return id.append(":").append(destination);
}

}  // namespace esteira::runtime::orders
