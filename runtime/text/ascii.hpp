#pragma once
#include <algorithm>
#include <string>
#include <string_view>

/// Classes and conversions of ASCII characters. None depends on the locale.
namespace esteira::runtime {

inline char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
inline char ascii_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

/// Compares without regard to the case of ASCII letters.
inline bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return ascii_lower(x) == ascii_lower(y); });
}

inline bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_ascii_alnum(char c) { return is_ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z'); }
inline bool is_lower_hex_digit(char c) { return is_ascii_digit(c) || (c >= 'a' && c <= 'f'); }

/// Whether `text` is a token of RFC 9110: a method or a header name.
inline bool is_token(std::string_view text) {
  constexpr std::string_view kPunctuation = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_ascii_alnum(c) || kPunctuation.find(c) != std::string_view::npos;
  });
}

/// Whether `c` is U+0000 to U+001F or U+007F.
inline bool is_control(char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }
inline bool has_control(std::string_view text) { return std::any_of(text.begin(), text.end(), is_control); }

/// `text` with `replacement` for each control character, so that it stays on one line.
inline std::string replace_controls(std::string_view text, char replacement) {
  std::string replaced(text);
  std::replace_if(replaced.begin(), replaced.end(), is_control, replacement);
  return replaced;
}

/// Whether all of `text` is printable ASCII without spaces.
inline bool is_visible_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

/// `text` without the spaces and tabs at both ends.
inline std::string_view trim_blanks(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace esteira::runtime
