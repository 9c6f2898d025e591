#pragma once
#include <string>
#include <string_view>

namespace esteira::runtime {

/// Encodes every byte but the unreserved characters of RFC 3986 (letters, digits and "-._~") as "%2B".
[[nodiscard]] std::string percent_encode(std::string_view text);

}  // namespace esteira::runtime
