#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace esteira::runtime {

/// Replaces each %XX in `text` by its byte. Nothing when a '%' is not followed by two hexadecimal digits. A '+' stays:
/// it means a space only in forms.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

}  // namespace esteira::runtime
