#pragma once
#include <string>
#include <string_view>

namespace esteira::runtime {

/// The 32 bytes of SHA-256 over `text`. Throws std::runtime_error when OpenSSL cannot compute it.
[[nodiscard]] std::string sha256(std::string_view text);
/// The same as 64 lower-case hexadecimal digits.
[[nodiscard]] std::string sha256_hex(std::string_view text);

}  // namespace esteira::runtime
