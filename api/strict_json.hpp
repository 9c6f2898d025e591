#pragma once
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>

namespace esteira::api {

/// Why a text was not read.
struct JsonFault {
  std::string pointer;  ///< JSON pointer to the place, as far as it was read
  std::string detail;   ///< for the client
};

/// Reads JSON that means the same to every reader: valid UTF-8, no member twice, no NUL byte, numbers within range,
/// at most `max_depth` levels. Nothing is built beyond the first fault.
std::variant<nlohmann::json, JsonFault> read_strict_json(std::string_view text, std::size_t max_depth);

/// One more step of a JSON pointer (RFC 6901), of a key that a client chose: escaped and cut to a decent length.
std::string pointer_step(std::string_view key);

}  // namespace esteira::api
