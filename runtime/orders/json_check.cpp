#include "runtime/orders/json_check.hpp"

#include <cstdlib>
#include <utility>

#include "runtime/logging/utf8.hpp"

namespace esteira::runtime::orders {
namespace {

/// jsonb keeps numbers as numeric, whose range differs from a double's: "1e-20000" parses as 0 and would still make the
/// database refuse the whole statement.
bool fits_numeric(std::string_view token) {
  constexpr std::size_t kMostDigits = 400;
  constexpr long kMostExponent = 400;
  if (token.size() > kMostDigits) return false;
  const auto e = token.find_first_of("eE");
  if (e == std::string_view::npos) return true;
  const long exponent = std::strtol(std::string(token.substr(e + 1)).c_str(), nullptr, 10);
  return exponent >= -kMostExponent && exponent <= kMostExponent;
}

}  // namespace

bool JsonCheck::number_float(double /*number*/, const std::string& token) {
  return value() && (fits_numeric(token) || stop("a number in it is beyond what the database keeps"));
}

bool JsonCheck::parse_error(std::size_t position, const std::string& /*token*/,
                            const nlohmann::json::exception& /*error*/) {
  return stop("not valid JSON at byte " + std::to_string(position));
}

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

bool JsonCheck::check_text(const std::string& text) {
  return text.find('\0') == std::string::npos || stop("\\u0000 in a string, which the database cannot hold");
}

std::string text_fault(std::string_view text, std::size_t max_bytes) {
  if (text.size() > max_bytes) return "longer than " + std::to_string(max_bytes) + " bytes";
  if (!is_utf8(text)) return "not valid UTF-8";
  // The parser would step over a byte order mark; PostgreSQL does not.
  if (text.starts_with("\xEF\xBB\xBF")) return "not valid JSON at byte 1";
  return {};
}

}  // namespace esteira::runtime::orders
