#pragma once
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace esteira::runtime::orders {

/// Looks at each value of one JSON object as the parser meets it, and stops the parser at the first that does not fit
/// PostgreSQL's jsonb or the depth allowed. A reader that builds something from the values derives from it. Nothing is
/// kept here, so hostile text costs no memory and no stack.
class JsonCheck : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit JsonCheck(std::size_t max_depth) : max_depth_(max_depth) {}

  bool null() override { return value(); }
  bool boolean(bool /*truth*/) override { return value(); }
  bool number_integer(std::int64_t /*number*/) override { return value(); }
  bool number_unsigned(std::uint64_t /*number*/) override { return value(); }
  bool number_float(double number, const std::string& token) override;
  bool string(std::string& text) override { return value() && check_text(text); }
  bool binary(nlohmann::json::binary_t& /*bytes*/) override { return false; }
  bool start_object(std::size_t /*size*/) override { return enter(); }
  bool key(std::string& text) override { return check_text(text); }
  bool end_object() override { return leave(); }
  bool start_array(std::size_t /*size*/) override { return value() && enter(); }
  bool end_array() override { return leave(); }
  bool parse_error(std::size_t position, const std::string& token, const nlohmann::json::exception& error) override;

  /// What stopped the parser; empty when nothing did.
  [[nodiscard]] const std::string& fault() const { return fault_; }

 protected:
  /// False, for the parser: it stops.
  bool stop(std::string fault);
  /// How many objects and lists are open.
  [[nodiscard]] std::size_t depth() const { return depth_; }

 private:
  bool value() { return depth_ > 0 || stop("not a JSON object"); }
  bool enter();
  bool leave();
  bool check_text(const std::string& text);

  const std::size_t max_depth_;
  std::size_t depth_ = 0;
  std::string fault_;
};

/// What can be seen of `text` before it is parsed: its size, and whether it is UTF-8. Empty when that is well.
std::string text_fault(std::string_view text, std::size_t max_bytes);

}  // namespace esteira::runtime::orders
