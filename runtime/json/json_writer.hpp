#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "runtime/text/utf8.hpp"

namespace esteira::runtime::json {

/// Appends `text` as a JSON string, with U+FFFD for what is not UTF-8.
inline void append_json_string(std::string& out, const std::string& text) {
  if (is_plain(text)) {
    out += '"';
    out += text;
    out += '"';
  } else {
    out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
}

}  // namespace esteira::runtime::json
