#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace esteira {

/// An exact amount with two decimals, stored as cents. It has no currency: an installation uses one.
struct Money {
  std::int64_t cents = 0;

  /// Parses "12", "12.5" or "12.50", with an optional leading minus. Empty for any other text and for amounts outside
  /// numeric(12,2).
  static std::optional<Money> parse(std::string_view text);

  /// The amount with two decimals: "12.50".
  [[nodiscard]] std::string text() const;

  friend bool operator==(const Money& left, const Money& right) { return left.cents == right.cents; }
  friend bool operator!=(const Money& left, const Money& right) { return left.cents != right.cents; }
};

/// The largest amount that the database can store: numeric(12,2).
inline constexpr std::int64_t kMaxCents = 999'999'999'999;

inline std::optional<Money> Money::parse(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  const auto dot = text.find('.');
  const auto whole = text.substr(0, dot);
  auto decimals = dot == std::string_view::npos ? std::string_view("0") : text.substr(dot + 1);
  if (whole.empty() || whole.size() > 10 || decimals.empty() || decimals.size() > 2) return std::nullopt;
  std::int64_t cents = 0;
  const auto append = [&cents](std::string_view digits) {
    for (const char digit : digits) {
      if (digit < '0' || digit > '9') return false;
      cents = cents * 10 + (digit - '0');
    }
    return true;
  };
  if (!append(whole) || !append(decimals)) return std::nullopt;
  if (decimals.size() == 1) cents *= 10;
  return Money{negative ? -cents : cents};
}

inline std::string Money::text() const {
  // From the last digit to the first. The longest text is "-92233720368547758.08".
  std::array<char, 21> digits{};
  auto* first = digits.data() + digits.size();
  auto left = cents < 0 ? 0 - static_cast<std::uint64_t>(cents) : static_cast<std::uint64_t>(cents);
  const auto put_digit = [&] {
    *--first = static_cast<char>('0' + left % 10);
    left /= 10;
  };
  put_digit();
  put_digit();
  *--first = '.';
  do {
    put_digit();
  } while (left > 0);
  if (cents < 0) *--first = '-';
  return {first, digits.data() + digits.size()};
}

}  // namespace esteira
