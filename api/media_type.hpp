#pragma once
#include <string_view>

namespace esteira::api {

/// Whether a Content-Type is application/json, without a charset or with utf-8.
[[nodiscard]] bool is_json(std::string_view content_type);

}  // namespace esteira::api
