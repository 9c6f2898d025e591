#pragma once
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

/// Whether `text` has the form 8-4-4-4-12 of hexadecimal digits, in either case.
[[nodiscard]] bool is_uuid(std::string_view text);

/// `text` in lower case, as PostgreSQL writes a uuid; nothing when it is not a UUID.
[[nodiscard]] std::optional<std::string> canonical_uuid(std::string_view text);

}  // namespace esteira::runtime
