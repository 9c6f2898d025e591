#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace esteira::runtime::orders {

/// Why `text` is not one JSON object within the limits and fit for PostgreSQL's jsonb; empty when it is. Nothing is
/// built, so hostile text costs no memory and no stack.
std::string check_json_object(std::string_view text, std::size_t max_bytes, std::size_t max_depth);

}  // namespace esteira::runtime::orders
