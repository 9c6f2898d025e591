#include "runtime/json/json_check.hpp"

#include <cstdlib>
#include <utility>

#include "runtime/text/utf8.hpp"

namespace esteira::runtime::json {
namespace {

/// jsonb stores numbers as numeric, whose range differs from a double's: "1e-20000" is 0 as a double, but PostgreSQL
/// would refuse the whole statement.
bool fits_numeric(std::string_view token) {
  constexpr std::size_t kMaxDigits = 400;
  constexpr long kMaxExponent = 400;
  if (token.size() > kMaxDigits) return false;
  const auto e = token.find_first_of("eE");
  if (e == std::string_view::npos) return true;
  const long exponent = std::strtol(std::string(token.substr(e + 1)).c_str(), nullptr, 10);
  return exponent >= -kMaxExponent && exponent <= kMaxExponent;
}

}  // namespace

bool JsonCheck::number(std::string_view digits) {
  return value() && (fits_numeric(digits) || stop("a number in it is beyond what the database keeps"));
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
