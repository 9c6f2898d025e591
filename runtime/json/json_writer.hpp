#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "runtime/text/utf8.hpp"

namespace esteira::runtime::json {

/// Appends `text` as a JSON string; bytes that are not UTF-8 become U+FFFD. Plain ASCII is copied as it is.
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
