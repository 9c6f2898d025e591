#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace esteira::runtime {

/// `text` with each %XX replaced by its byte; nothing when a '%' is not followed by two hexadecimal digits. '+' stays a
/// plus: it means a blank in forms only.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

}  // namespace esteira::runtime
