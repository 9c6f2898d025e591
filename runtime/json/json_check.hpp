#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "runtime/json/json_events.hpp"

namespace esteira::runtime::json {

/// Looks at each value of one JSON object as the parser meets it, and stops the parser at the first that does not fit
/// PostgreSQL's jsonb or the depth allowed. A reader that builds something from the values derives from it. Nothing is
/// kept here, so hostile text costs no memory and no stack.
class JsonCheck {
 public:
  explicit JsonCheck(std::size_t max_depth) : max_depth_(max_depth) {}

  // For the parser, who stops at false. An object's places are those of its brace, and behind its last one.
  bool null() { return value(); }
  bool boolean() { return value(); }
  bool number(std::string_view digits);
  bool string(std::string_view text) { return value() && check_text(text); }
  bool start_object(std::size_t /*begin*/) { return enter(); }
  bool key(std::string_view text) { return check_text(text); }
  bool end_object(std::size_t /*end*/) { return leave(); }
  bool start_array() { return value() && enter(); }
  bool end_array() { return leave(); }

  /// What stopped the parser; empty when nothing did.
  [[nodiscard]] const std::string& fault() const { return fault_; }
  /// What the parser did not take for JSON itself.
  void not_json(std::size_t at);

 protected:
  /// False, for the parser: it stops.
  bool stop(std::string fault);
  /// How many objects and lists are open.
  [[nodiscard]] std::size_t depth() const { return depth_; }

 private:
  bool value() { return depth_ > 0 || stop("not a JSON object"); }
  bool enter();
  bool leave();
  bool check_text(std::string_view text);

  const std::size_t max_depth_;
  std::size_t depth_ = 0;
  std::string fault_;
};

/// Shows all of `text` to a JsonCheck or what derives from it; `fault` tells how it went.
template <class Check>
void check_json(std::string_view text, Check& check) {
  std::size_t stopped_at = 0;
  if (!read_json(std::string(text), check, stopped_at) && check.fault().empty()) check.not_json(stopped_at);
}

/// What can be seen of `text` before it is parsed: its size, and whether it is UTF-8. Empty when that is well.
std::string text_fault(std::string_view text, std::size_t max_bytes);

}  // namespace esteira::runtime::json
