#pragma once
#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

namespace esteira::runtime {

/// Parses all of `text` as a decimal number: digits, and for a signed type a '-' before them. Nothing when another
/// character is in it, when it is empty, or when `Integer` cannot hold the number.
template <std::integral Integer>
[[nodiscard]] std::optional<Integer> parse_integer(std::string_view text) {
  Integer number = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || rest != end) return std::nullopt;
  return number;
}

}  // namespace esteira::runtime
