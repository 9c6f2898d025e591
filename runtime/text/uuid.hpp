#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace esteira::runtime {

/// A random UUID (version 4) in lower case. Thread-safe. Throws std::system_error as `fill_random` does.
[[nodiscard]] std::string random_uuid();

/// A UUID that begins with the time in milliseconds (version 7, RFC 9562, section 5.7), in lower case; the other 74
/// bits are random. Rows that are written at the same time are neighbours in an index on it. Thread-safe. Throws as
/// `random_uuid` does.
[[nodiscard]] std::string ordered_uuid();

/// The lowest UUID of version 7 with this time, which must not be before 1970. No `ordered_uuid` of a later time is
/// lower.
[[nodiscard]] std::string first_uuid_at(std::chrono::sys_time<std::chrono::milliseconds> time);

/// Whether `text` has the form 8-4-4-4-12 of hexadecimal digits, in either case.
[[nodiscard]] bool is_uuid(std::string_view text);

/// `text` in lower case, as PostgreSQL writes a uuid; nothing when it is not a UUID.
[[nodiscard]] std::optional<std::string> canonical_uuid(std::string_view text);

}  // namespace esteira::runtime
