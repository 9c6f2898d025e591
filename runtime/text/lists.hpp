#pragma once
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace esteira::runtime {

/// The parts of a text that are separated by commas; none of an empty text.
std::vector<std::string> read_list(std::string_view text);
/// The inverse: the parts, separated by `separator`.
std::string join_list(const std::vector<std::string>& parts, std::string_view separator = ",");
/// `read_list` for delays in milliseconds.
std::vector<std::chrono::milliseconds> read_delays(std::string_view text);

}  // namespace esteira::runtime
