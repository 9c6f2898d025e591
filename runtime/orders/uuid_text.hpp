#pragma once
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/logging/trace.hpp"

namespace esteira::runtime::orders {

/// `text` as PostgreSQL writes a uuid, lower case; nothing when it is none.
inline std::optional<std::string> uuid_text(std::string_view text) {
  if (!is_uuid(text)) return std::nullopt;
  std::string id(text);
  std::ranges::transform(id, id.begin(), [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  return id;
}

}  // namespace esteira::runtime::orders
