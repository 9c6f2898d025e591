#include "runtime/postgres/array.hpp"

namespace esteira::runtime::postgres {

void ArrayLiteral::separate() {
  if (text_.size() > 1) text_ += ',';
}

ArrayLiteral& ArrayLiteral::add(std::string_view text) {
  separate();
  text_ += '"';
  for (const char c : text) {
    if (c == '\0') {
      text_ += "\xEF\xBF\xBD";
      continue;
    }
    if (c == '"' || c == '\\') text_ += '\\';
    text_ += c;
  }
  text_ += '"';
  return *this;
}

ArrayLiteral& ArrayLiteral::add(std::int64_t number) {
  separate();
  text_ += std::to_string(number);
  return *this;
}

ArrayLiteral& ArrayLiteral::add_null() {
  separate();
  text_ += "NULL";
  return *this;
}

std::string array_literal(const std::vector<std::string>& texts) {
  ArrayLiteral array;
  for (const auto& text : texts) array.add(text);
  return array.str();
}

}  // namespace esteira::runtime::postgres
