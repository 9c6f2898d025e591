#pragma once
#include <string>
#include <string_view>

namespace esteira::runtime {

/// Whether all of `text` is UTF-8 as RFC 3629 has it: no surrogates, no overlong forms, at most U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text);

/// Whether all of `text` is printable ASCII that stands in a JSON string as it is.
[[nodiscard]] bool is_plain(std::string_view text);

/// `text` with U+FFFD for each byte that is not UTF-8, and at most `limit` bytes of it, cut between characters.
[[nodiscard]] std::string clean_utf8(std::string_view text, std::size_t limit = std::string_view::npos);

}  // namespace esteira::runtime
