#pragma once
#include <string>
#include <string_view>

namespace esteira::api {

/// The 32 bytes of SHA-256 over `text`.
std::string sha256(std::string_view text);

}  // namespace esteira::api
