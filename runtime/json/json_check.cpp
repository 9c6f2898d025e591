#include "runtime/json/json_check.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "runtime/text/utf8.hpp"

namespace esteira::runtime::json {
namespace {

/// jsonb stores numbers as numeric and shows all their digits. PostgreSQL would refuse "1e-20000" with the whole
/// statement. What this limit admits it also admits as jsonb shows it: a message that is made from the database again
/// is accepted.
constexpr std::size_t kMaxPlainDigits = 1000;

/// How many digits a number has when it is written without an exponent, as jsonb shows it: "1.5e3" has four. An
/// exponent beyond any limit counts as kHuge.
std::size_t plain_digits(std::string_view token) {
  constexpr std::int64_t kHuge = 1'000'000;
  const auto e = std::min(token.find_first_of("eE"), token.size());
  const auto dot = std::min(token.find('.'), e);
  const auto whole = static_cast<std::int64_t>(dot) - (token.starts_with('-') ? 1 : 0);
  const auto decimals = static_cast<std::int64_t>(e - std::min(dot + 1, e));
  const auto exponent = e == token.size()
                            ? 0
                            : std::clamp<std::int64_t>(
                                  std::strtoll(std::string(token.substr(e + 1)).c_str(), nullptr, 10), -kHuge, kHuge);
  return static_cast<std::size_t>(std::max<std::int64_t>(whole + exponent, 1) +
                                  std::max<std::int64_t>(decimals - exponent, 0));
}

}  // namespace

bool JsonCheck::number(std::string_view digits) {
  if (!value()) return false;
  const auto count = plain_digits(digits);
  if (count > kMaxPlainDigits) return stop("a number in it is beyond what the database keeps");
  plain_digits_ += count;
  return plain_digits_ <= max_plain_digits_ || stop("its numbers are too long when written without exponents");
}

void JsonCheck::not_json(std::size_t at) { stop("not valid JSON at byte " + std::to_string(at + 1)); }

bool JsonCheck::stop(std::string fault) {
  fault_ = std::move(fault);
  return false;
}

bool JsonCheck::enter() {
  return ++depth_ <= max_depth_ || stop("nested deeper than " + std::to_string(max_depth_) + " levels");
}

bool JsonCheck::leave() {
  --depth_;
  return true;
}

/// The text was checked to be UTF-8. An escape can still produce invalid UTF-8: the parser accepts half of a surrogate
/// pair.
bool JsonCheck::check_text(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return stop("\\u0000 in a string, which the database cannot hold");
  return is_utf8(text) || stop("half of a surrogate pair in a string");
}

std::string text_fault(std::string_view text, std::size_t max_bytes) {
  if (text.size() > max_bytes) return "longer than " + std::to_string(max_bytes) + " bytes";
  if (!is_utf8(text)) return "not valid UTF-8";
  // The parser skips a byte order mark; PostgreSQL refuses it.
  if (text.starts_with("\xEF\xBB\xBF")) return "not valid JSON at byte 1";
  return {};
}

}  // namespace esteira::runtime::json
