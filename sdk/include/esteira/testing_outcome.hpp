#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <esteira/money.hpp>
#include <esteira/names.hpp>
#include <esteira/outcome.hpp>
#include <string>
#include <string_view>
#include <utility>

/// What a host checks in an outcome before it stores it, for the test harness. Tests of Esteira compare the answers
/// with those of a host.
namespace esteira::testing {

/// Reads the data of a stage: one JSON object of at most 256 KiB, in UTF-8, at most 32 levels deep, without `\u0000`
/// and halves of surrogate pairs in strings. Written without an exponent, a number has at most 1,000 digits, and all
/// numbers together have at most 256 Ki digits.
class DataCheck {
 public:
  explicit DataCheck(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool holds() {
    if (rest_.size() > kMaxBytes) return false;
    skip_space();
    if (next() != '{' || !value(0)) return false;
    skip_space();
    return rest_.empty();
  }

 private:
  static constexpr std::size_t kMaxBytes = std::size_t{256} * 1024;
  static constexpr int kMaxDepth = 32;
  static constexpr std::int64_t kMaxDigits = 1000;

  [[nodiscard]] char next() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool take(std::string_view expected) {
    if (rest_.substr(0, expected.size()) != expected) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }
  void skip_space() {
    while (next() == ' ' || next() == '\t' || next() == '\n' || next() == '\r') rest_.remove_prefix(1);
  }

  bool value(int depth) {
    switch (next()) {
      case '{':
        return members(depth + 1, '}', [this](int level) { return member(level); });
      case '[':
        return members(depth + 1, ']', [this](int level) { return value(level); });
      case '"':
        return string();
      case 't':
        return take("true");
      case 'f':
        return take("false");
      case 'n':
        return take("null");
      default:
        return number();
    }
  }

  template <class One>
  bool members(int depth, char end, One one) {
    rest_.remove_prefix(1);
    skip_space();
    if (depth > kMaxDepth) return false;
    if (take({&end, 1})) return true;
    do {
      skip_space();
      if (!one(depth)) return false;
      skip_space();
    } while (take(","));
    return take({&end, 1});
  }

  bool member(int depth) {
    if (!string()) return false;
    skip_space();
    if (!take(":")) return false;
    skip_space();
    return value(depth);
  }

  bool digits() {
    const auto before = rest_.size();
    while (names::is_digit(next())) rest_.remove_prefix(1);
    return rest_.size() < before;
  }

  bool number() {
    const auto start = rest_;
    const std::size_t sign = take("-") ? 1 : 0;
    if (!take("0") && !digits()) return false;
    const auto point = start.size() - rest_.size();
    if (take(".") && !digits()) return false;
    const auto end = start.size() - rest_.size();
    std::int64_t power = 0;
    if ((take("e") || take("E")) && !exponent(power)) return false;
    const auto whole = static_cast<std::int64_t>(point - sign);
    const auto decimals = static_cast<std::int64_t>(end == point ? 0 : end - point - 1);
    const auto count = std::max<std::int64_t>(whole + power, 1) + std::max<std::int64_t>(decimals - power, 0);
    digits_of_all_ += count;
    return count <= kMaxDigits && digits_of_all_ <= static_cast<std::int64_t>(kMaxBytes);
  }

  bool exponent(std::int64_t& power) {
    constexpr std::int64_t kHuge = 1'000'000;
    const auto text = rest_;
    if (!take("+")) take("-");
    if (!digits()) return false;
    power = std::strtoll(std::string(text.substr(0, text.size() - rest_.size())).c_str(), nullptr, 10);
    power = std::clamp(power, -kHuge, kHuge);
    return true;
  }

  bool string() {
    if (!take("\"")) return false;
    while (!rest_.empty()) {
      if (take("\"")) return true;
      if (!(take("\\") ? escape() : character())) return false;
    }
    return false;
  }

  bool escape() {
    if (take("u")) return escaped_character();
    const bool is_known = std::string_view("\"\\/bfnrt").find(next()) != std::string_view::npos && !rest_.empty();
    if (is_known) rest_.remove_prefix(1);
    return is_known;
  }

  bool escaped_character() {
    const long unit = code_unit();
    if (unit <= 0 || is_low_half(unit)) return false;
    if (unit < 0xD800 || unit > 0xDBFF) return true;
    return take("\\u") && is_low_half(code_unit());
  }
  static bool is_low_half(long unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

  /// -1 when there are no four hexadecimal digits.
  long code_unit() {
    const auto hex = rest_.substr(0, 4);
    if (hex.size() < 4 || hex.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos) return -1;
    rest_.remove_prefix(4);
    return std::strtol(std::string(hex).c_str(), nullptr, 16);
  }

  /// A character as UTF-8, which is neither a control character nor overlong nor half of a surrogate pair.
  bool character() {
    const auto byte = [this](std::size_t at) -> std::uint32_t {
      return at < rest_.size() ? static_cast<unsigned char>(rest_[at]) : 0;
    };
    const auto lead = byte(0);
    if (lead < 0x80) return take_bytes(lead >= 0x20, 1);
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    std::uint32_t code = lead & (0xFFU >> (size + 1));
    bool is_valid = lead >= 0xC2 && lead <= 0xF4;
    for (std::size_t at = 1; at < size; ++at) {
      is_valid = is_valid && (byte(at) & 0xC0U) == 0x80;
      code = code << 6U | (byte(at) & 0x3FU);
    }
    const bool is_overlong = code < (size == 4 ? 0x10000U : size == 3 ? 0x800U : 0x80U);
    return take_bytes(is_valid && !is_overlong && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF), size);
  }
  bool take_bytes(bool allowed, std::size_t count) {
    if (allowed) rest_.remove_prefix(count);
    return allowed;
  }

  std::string_view rest_;
  std::int64_t digits_of_all_ = 0;
};

/// Why a host would take this outcome for a failed attempt; "" when it would store it.
inline std::string outcome_fault(const Outcome& outcome) {
  if (outcome.kind() != Outcome::Kind::done) return {};
  if (!outcome.data().empty() && !DataCheck(outcome.data()).holds())
    return "the handler's data cannot be stored: it is not a JSON object within the limits of a host";
  if (!outcome.routing_key().empty() && !names::is_routing_key(outcome.routing_key()))
    return "the handler's routing key is not [a-z0-9._-], at most 200 characters";
  if (outcome.total() && (outcome.total()->cents > kMaxCents || outcome.total()->cents < 0))
    return "the handler's total is negative or beyond 9999999999.99";
  return {};
}

/// The outcome as a host takes it: one that cannot be stored is a retry with the fault as its reason.
inline Outcome as_a_host_takes_it(Outcome outcome) {
  auto fault = outcome_fault(outcome);
  return fault.empty() ? std::move(outcome) : Outcome::retry(std::move(fault));
}

}  // namespace esteira::testing
