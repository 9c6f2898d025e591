#pragma once
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

#include "runtime/json/json_events.hpp"

namespace esteira::runtime::json {

/// Checks the values of one JSON object while it is parsed. Stops the parser at the first value that PostgreSQL's jsonb
/// cannot store or that is nested too deep. A reader that builds something from the values derives from it. The check
/// stores no values, so hostile text costs no memory and no stack.
class JsonCheck {
 public:
  static constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max();

  /// `max_plain_digits` limits the digits of all numbers together, written without exponents: 1e100 has 101.
  explicit JsonCheck(std::size_t max_depth, std::size_t max_plain_digits = kUnlimited)
      : max_depth_(max_depth), max_plain_digits_(max_plain_digits) {}

  // The parser calls these and stops when one returns false. `begin` is the position of an object's first brace, `end`
  // the position after its last one.
  bool null() { return value(); }
  bool boolean() { return value(); }
  bool number(std::string_view digits);
  bool string(std::string_view text) { return value() && check_text(text); }
  bool start_object(std::size_t /*begin*/) { return enter(); }
  bool key(std::string_view text) { return check_text(text); }
  bool end_object(std::size_t /*end*/) { return leave(); }
  bool start_array() { return value() && enter(); }
  bool end_array() { return leave(); }

  /// Why parsing stopped; empty when nothing is wrong.
  [[nodiscard]] const std::string& fault() const { return fault_; }
  /// Records that the text is not JSON at position `at`.
  void not_json(std::size_t at);

 protected:
  /// Records the fault and returns false, which stops the parser.
  bool stop(std::string fault);
  /// How many objects and arrays are open.
  [[nodiscard]] std::size_t depth() const { return depth_; }

 private:
  bool value() { return depth_ > 0 || stop("not a JSON object"); }
  bool enter();
  bool leave();
  bool check_text(std::string_view text);

  const std::size_t max_depth_;
  const std::size_t max_plain_digits_;
  std::size_t depth_ = 0;
  std::size_t plain_digits_ = 0;
  std::string fault_;
};

/// Parses `text` with a JsonCheck or a class derived from it. `check.fault()` is the result.
template <class Check>
void check_json(std::string_view text, Check& check) {
  std::size_t stopped_at = 0;
  if (!read_json(text, check, stopped_at) && check.fault().empty()) check.not_json(stopped_at);
}

/// Checks what can be checked before parsing: size and UTF-8. Returns "" when both are valid, else the fault.
std::string text_fault(std::string_view text, std::size_t max_bytes);

}  // namespace esteira::runtime::json
