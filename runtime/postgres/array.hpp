#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace esteira::runtime::postgres {

/// Builds a PostgreSQL array literal, such as '{"a","b",NULL}'. It is bound as one parameter and expanded with unnest.
class ArrayLiteral {
 public:
  /// A NUL byte, which PostgreSQL cannot store in text, becomes U+FFFD.
  ArrayLiteral& add(std::string_view text);
  ArrayLiteral& add(const std::string& text) { return add(std::string_view(text)); }
  ArrayLiteral& add(const char* text) { return add(std::string_view(text)); }
  ArrayLiteral& add(std::int64_t number);
  ArrayLiteral& add_null();
  ArrayLiteral& add(const std::optional<std::string>& text) { return text ? add(std::string_view(*text)) : add_null(); }
  [[nodiscard]] std::string str() const { return text_ + '}'; }

 private:
  void separate();
  std::string text_ = "{";
};

/// The literal of an array of texts.
std::string array_literal(const std::vector<std::string>& texts);

}  // namespace esteira::runtime::postgres
