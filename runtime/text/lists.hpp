#pragma once
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace esteira::runtime {

/// The parts of a text that are separated by commas; none of an empty text.
std::vector<std::string> read_list(std::string_view text);
/// The same for delays in milliseconds.
std::vector<std::chrono::milliseconds> read_delays(std::string_view text);

}  // namespace esteira::runtime
