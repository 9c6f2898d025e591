#include "runtime/json/shrink_numbers.hpp"

#include <algorithm>
#include <string_view>

#include "runtime/json/json_string.hpp"
#include "runtime/text/ascii.hpp"

namespace esteira::runtime::json {
namespace {

/// A number with fewer digits before its point, and fewer digits in its exponent, is below 1e300.
constexpr std::size_t kManyDigits = 200;
constexpr std::size_t kManyExponentDigits = 3;
constexpr std::string_view kNumberCharacters = "0123456789+-.eE";

std::size_t digits_at(std::string_view text, std::size_t at) {
  std::size_t count = 0;
  while (at + count < text.size() && is_ascii_digit(text[at + count])) ++count;
  return count;
}

std::size_t digits_before(std::string_view text, std::size_t end) {
  std::size_t count = 0;
  while (count < end && is_ascii_digit(text[end - count - 1])) ++count;
  return count;
}

bool has_many_digits(std::string_view text) {
  for (std::size_t i = kManyDigits - 1; i < text.size(); i += kManyDigits) {
    if (digits_before(text, i) + digits_at(text, i) >= kManyDigits) return true;
  }
  return false;
}

/// The position of the first digit of the exponent whose letter is at `e`.
std::size_t exponent_digits(std::string_view text, std::size_t e) {
  const bool has_sign = e + 1 < text.size() && (text[e + 1] == '+' || text[e + 1] == '-');
  return e + (has_sign ? 2 : 1);
}

/// Each text that is read comes by here: a plain loop, because find_first_of calls a function for each character.
bool has_long_exponent(std::string_view text) {
  for (std::size_t e = 1; e < text.size(); ++e) {
    if ((text[e] == 'e' || text[e] == 'E') && is_ascii_digit(text[e - 1]) &&
        digits_at(text, exponent_digits(text, e)) >= kManyExponentDigits)
      return true;
  }
  return false;
}

/// 123.5 becomes 1.005, when it has that many digits before the point.
void shrink_whole(char* first, std::size_t digits, bool has_decimals) {
  if (digits < kManyDigits || *first == '0') return;
  first[1] = '.';
  std::fill(first + 2, first + digits, '0');
  if (has_decimals) first[digits] = '0';
}

void shrink_number(std::string& text, std::size_t begin, std::size_t end) {
  const std::string_view token(text.data() + begin, end - begin);
  const std::size_t sign = token.front() == '-' ? 1 : 0;
  const auto whole = digits_at(token, sign);
  const auto point = sign + whole;
  const bool has_decimals = point < token.size() && token[point] == '.' && digits_at(token, point + 1) > 0;
  if (const auto e = token.find_first_of("eE"); e != std::string_view::npos) {
    const auto digits = exponent_digits(token, e);
    std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(begin + digits), digits_at(token, digits), '0');
  }
  shrink_whole(text.data() + begin + sign, whole, has_decimals);
}

}  // namespace

void shrink_numbers(std::string& text) {
  if (!has_many_digits(text) && !has_long_exponent(text)) return;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '"') {
      at += string_length(std::string_view(text).substr(at));
    } else if (text[at] == '-' || is_ascii_digit(text[at])) {
      const auto end = std::min(text.find_first_not_of(kNumberCharacters, at), text.size());
      shrink_number(text, at, end);
      at = end;
    } else {
      ++at;
    }
  }
}

}  // namespace esteira::runtime::json
