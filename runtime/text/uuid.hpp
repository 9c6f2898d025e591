#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace esteira::runtime {

/// A random UUID (version 4), lower case. Thread-safe; from the kernel's generator.
[[nodiscard]] std::string random_uuid();

/// A UUID that begins with the time in milliseconds (version 7, RFC 9562 section 5.7), lower case; the other 74 bits
/// are random. Rows written at the same time are neighbours in every index on it. Thread-safe.
[[nodiscard]] std::string ordered_uuid();

/// Whether `text` is a UUID in its usual form, in either case.
[[nodiscard]] bool is_uuid(std::string_view text);

/// `text` as PostgreSQL writes a uuid, lower case; nothing when it is not a UUID.
[[nodiscard]] std::optional<std::string> canonical_uuid(std::string_view text);

}  // namespace esteira::runtime
