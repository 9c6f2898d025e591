#pragma once
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

namespace esteira::runtime::orders {

/// Appends `text` as a JSON string, with U+FFFD for what is not UTF-8.
inline void append_quoted(std::string& out, const std::string& text) {
  const auto is_plain = [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; };
  if (std::ranges::all_of(text, is_plain)) {
    out += '"';
    out += text;
    out += '"';
  } else {
    out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
}

}  // namespace esteira::runtime::orders
