#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace esteira::runtime {

// The defaults of the setting catalogue, for option structs: a default is written in the catalogue alone.
// A name that the catalogue lacks, or that has another kind, throws std::logic_error.

std::int64_t default_integer(std::string_view name);
std::chrono::milliseconds default_duration(std::string_view name);

/// As `default_integer`, for counts and sizes.
inline std::size_t default_size(std::string_view name) { return static_cast<std::size_t>(default_integer(name)); }

}  // namespace esteira::runtime
