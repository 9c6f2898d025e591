#pragma once
#include <string>
#include <string_view>

namespace esteira::runtime {

/// The SHA-256 of `text`, 32 bytes. Throws std::runtime_error when OpenSSL cannot compute it.
[[nodiscard]] std::string sha256(std::string_view text);
/// The SHA-256 of `text` as 64 lower-case hexadecimal digits. Throws as `sha256` does.
[[nodiscard]] std::string sha256_hex(std::string_view text);

}  // namespace esteira::runtime
