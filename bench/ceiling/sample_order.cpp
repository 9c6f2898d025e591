#include "bench/ceiling/sample_order.hpp"

#include <array>
#include <cstdio>

namespace esteira::bench {

Message sample_order(std::size_t number) {
  // Like UUID version 7: consecutive ids are neighbours in an index.
  std::array<char, 37> id{};
  std::snprintf(id.data(), id.size(), "%08zx-0000-7000-8000-000000000000", number);
  Message message;
  message.order_id = id.data();
  message.workflow = "default";
  message.customer_id = "123";
  message.items = {{"SKU-1", 2, std::nullopt}, {"SKU-2", 1, std::nullopt}};
  return message;
}

}  // namespace esteira::bench
