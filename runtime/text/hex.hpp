#pragma once
#include <cstddef>
#include <string>

namespace esteira::runtime {

/// Writes `bytes` as lower-case hexadecimal digits, two per byte.
[[nodiscard]] std::string to_hex(const unsigned char* bytes, std::size_t size);

}  // namespace esteira::runtime
