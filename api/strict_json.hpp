#pragma once
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>

namespace esteira::api {

/// Why a text was rejected.
struct JsonFault {
  std::string pointer;  ///< JSON pointer to the member at fault
  std::string detail;   ///< for the client
};

/// Parses JSON that every parser reads alike: valid UTF-8, no duplicate members, no NUL byte, numbers within range, at
/// most `max_depth` levels. Stops at the first fault.
std::variant<nlohmann::json, JsonFault> read_strict_json(std::string_view text, std::size_t max_depth);

/// `key` as one more step of a JSON pointer (RFC 6901): escaped, and cut to at most 64 bytes.
std::string pointer_step(std::string_view key);

}  // namespace esteira::api
