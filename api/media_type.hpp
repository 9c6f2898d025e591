#pragma once
#include <string_view>

namespace esteira::api {

/// Whether `content_type` is application/json, either without a charset or with utf-8.
[[nodiscard]] bool is_json(std::string_view content_type);

}  // namespace esteira::api
