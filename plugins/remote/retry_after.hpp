#pragma once
#include <chrono>
#include <optional>
#include <string_view>

namespace remote {

/// Reads the value of Retry-After: whole seconds, or a date of HTTP, which counts from `date` (the value of the header
/// Date; without one from `now`). A date in the past is no delay. At most 365 days. Empty for any other text.
std::optional<std::chrono::milliseconds> read_retry_after(std::string_view text, std::string_view date,
                                                          std::chrono::system_clock::time_point now);

}  // namespace remote
