#include "runtime/orders/json_check.hpp"

#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>

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

/// Looks at each value as the parser meets it and stops it at the first that does not fit.
class JsonCheck final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit JsonCheck(std::size_t max_depth) : max_depth_(max_depth) {}

  bool null() override { return value(); }
  bool boolean(bool) override { return value(); }
  bool number_integer(std::int64_t) override { return value(); }
  bool number_unsigned(std::uint64_t) override { return value(); }
  bool number_float(double, const std::string& token) override {
    return value() && (fits_numeric(token) || stop("a number in it is beyond what the database keeps"));
  }
  bool string(std::string& text) override { return value() && check_text(text); }
  bool binary(nlohmann::json::binary_t&) override { return false; }
  bool start_object(std::size_t) override { return enter(); }
  bool key(std::string& text) override { return check_text(text); }
  bool end_object() override { return leave(); }
  bool start_array(std::size_t) override { return value() && enter(); }
  bool end_array() override { return leave(); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override {
    return stop("not valid JSON at byte " + std::to_string(position));
  }

  [[nodiscard]] const std::string& fault() const { return fault_; }

 private:
  bool stop(std::string fault) {
    fault_ = std::move(fault);
    return false;
  }
  bool value() { return depth_ > 0 || stop("not a JSON object"); }
  bool enter() {
    return ++depth_ <= max_depth_ || stop("nested deeper than " + std::to_string(max_depth_) + " levels");
  }
  bool leave() {
    --depth_;
    return true;
  }
  bool check_text(const std::string& text) {
    return text.find('\0') == std::string::npos || stop("\\u0000 in a string, which the database cannot hold");
  }

  std::size_t max_depth_;
  std::size_t depth_ = 0;
  std::string fault_;
};

}  // namespace

std::string check_json_object(std::string_view text, std::size_t max_bytes, std::size_t max_depth) {
  if (text.size() > max_bytes) return "longer than " + std::to_string(max_bytes) + " bytes";
  if (!is_utf8(text)) return "not valid UTF-8";
  // The parser would step over a byte order mark; PostgreSQL does not.
  if (text.starts_with("\xEF\xBB\xBF")) return "not valid JSON at byte 1";
  JsonCheck check(max_depth);
  nlohmann::json::sax_parse(text.begin(), text.end(), &check);
  return check.fault();
}

}  // namespace esteira::runtime::orders
