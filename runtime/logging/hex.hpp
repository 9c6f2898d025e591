#pragma once
#include <cstddef>
#include <string>

namespace esteira::runtime {

/// Fills `bytes` from the kernel's generator.
void fill_random(unsigned char* bytes, std::size_t size);

/// Lower-case hex digits of `bytes`.
[[nodiscard]] std::string to_hex(const unsigned char* bytes, std::size_t size);

}  // namespace esteira::runtime
