#include "runtime/text/hex.hpp"

#include <string_view>

namespace esteira::runtime {

std::string to_hex(const unsigned char* bytes, std::size_t size) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(size * 2);
  for (std::size_t i = 0; i < size; ++i) {
    hex += kDigits[bytes[i] >> 4U];
    hex += kDigits[bytes[i] & 0xfU];
  }
  return hex;
}

}  // namespace esteira::runtime
