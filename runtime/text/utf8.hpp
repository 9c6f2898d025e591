#pragma once
#include <string>
#include <string_view>

namespace esteira::runtime {

/// Whether `text` is valid UTF-8 (RFC 3629): no surrogates, no overlong forms, at most U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text);

/// Whether `text` is printable ASCII that needs no escape in a JSON string.
[[nodiscard]] bool is_plain(std::string_view text);

/// Replaces each byte of `text` that is not part of valid UTF-8 by U+FFFD. The result has at most `limit` bytes; it is
/// cut between characters.
[[nodiscard]] std::string clean_utf8(std::string_view text, std::size_t limit = std::string_view::npos);

}  // namespace esteira::runtime
