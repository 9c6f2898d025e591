#pragma once
#include <string_view>

namespace esteira::api {

/// Whether `content_type` is application/json, either without a charset or with UTF-8 (which many write "utf8").
[[nodiscard]] bool is_json(std::string_view content_type);

/// Whether `content_encoding`, a list, names no coding but "identity", which leaves a body as it is.
[[nodiscard]] bool is_uncompressed(std::string_view content_encoding);

}  // namespace esteira::api
