#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace esteira::runtime {

/// A time in microseconds since 1970-01-01T00:00:00Z, in years 1 to 9999.
using UtcMicros = std::chrono::sys_time<std::chrono::microseconds>;

/// The first and the last time that `format_rfc3339` can express.
inline constexpr UtcMicros kFirstUtcMicros = std::chrono::sys_days(std::chrono::year(1) / 1 / 1);
inline constexpr UtcMicros kLastUtcMicros =
    std::chrono::sys_days(std::chrono::year(10000) / 1 / 1) - std::chrono::microseconds(1);

/// Parses an RFC 3339 time: "2026-11-29T17:54:13Z", "2026-11-29t18:54:13.5+01:00". Digits after the microseconds are
/// cut off. A leap second counts as the second that follows it. Nothing when `text` is anything else, or the time is
/// outside of the years 1 to 9999.
[[nodiscard]] std::optional<UtcMicros> parse_rfc3339(std::string_view text);

/// "2026-11-29T17:54:13.000000Z". `time` must be between kFirstUtcMicros and kLastUtcMicros.
[[nodiscard]] std::string format_rfc3339(UtcMicros time);

}  // namespace esteira::runtime
