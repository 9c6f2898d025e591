#include "runtime/text/percent_encode.hpp"

#include "runtime/text/ascii.hpp"

namespace esteira::runtime {

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr std::string_view kUnreserved = "-._~";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (is_ascii_alnum(c) || kUnreserved.find(c) != std::string_view::npos) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kDigits[byte >> 4U];
    encoded += kDigits[byte & 0xfU];
  }
  return encoded;
}

}  // namespace esteira::runtime
