#include "bench/ceiling/sample_order.hpp"

#include <array>
#include <cstdint>
#include <cstdio>

namespace esteira::bench {

Message sample_order(std::size_t number) {
  // Multiplied so that ids come in no order, as random ones do.
  const auto scattered = std::uint64_t{number} * 0x9E3779B97F4A7C15U;
  std::array<char, 37> id{};
  std::snprintf(id.data(), id.size(), "%08x-%04x-4%03x-8000-%012llx", static_cast<unsigned>(scattered >> 32U),
                static_cast<unsigned>(scattered >> 16U) & 0xFFFFU, static_cast<unsigned>(scattered) & 0xFFFU,
                static_cast<unsigned long long>(number));
  Message message;
  message.order_id = id.data();
  message.workflow = "default";
  message.customer_id = "123";
  message.items = {{"SKU-1", 2, std::nullopt}, {"SKU-2", 1, std::nullopt}};
  return message;
}

}  // namespace esteira::bench
