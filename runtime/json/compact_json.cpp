#include "runtime/json/compact_json.hpp"

#include <algorithm>

#include "runtime/json/json_string.hpp"

namespace esteira::runtime::json {
namespace {

constexpr std::string_view kBlanks = " \n\r\t";

}  // namespace

void append_compact_json(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto plain = text.substr(0, text.find_first_of("\" \n\r\t"));
    out += plain;
    text.remove_prefix(plain.size());
    if (text.starts_with('"')) {
      const auto length = string_length(text);
      out += text.substr(0, length);
      text.remove_prefix(length);
    }
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  }
}

}  // namespace esteira::runtime::json
