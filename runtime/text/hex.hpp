#pragma once
#include <cstddef>
#include <string>

namespace esteira::runtime {

/// `bytes` as lower-case hexadecimal digits, two for each byte.
[[nodiscard]] std::string to_hex(const unsigned char* bytes, std::size_t size);

}  // namespace esteira::runtime
