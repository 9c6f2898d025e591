#pragma once
#include <cstddef>
#include <string_view>

namespace esteira::runtime::json {

/// The length of the JSON string at the start of `text`, with both quotes; all of `text` when it does not end.
inline std::size_t string_length(std::string_view text) {
  std::size_t end = 1;
  while ((end = text.find_first_of("\"\\", end)) != std::string_view::npos) {
    if (text[end] == '"') return end + 1;
    end += 2;  // a backslash and the character that it escapes
  }
  return text.size();
}

}  // namespace esteira::runtime::json
