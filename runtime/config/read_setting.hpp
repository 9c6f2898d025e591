#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/config/config.hpp"

namespace esteira::runtime {

using SettingValue = std::variant<std::string, std::int64_t, std::chrono::milliseconds,
                                  std::vector<std::chrono::milliseconds>, Address, std::vector<std::string>>;

/// `text` as the kind of `setting` has it. Throws std::invalid_argument with what it should be; never with `text`.
SettingValue read_setting(const Setting& setting, std::string_view text);

/// The parts of a comma-separated list, without the spaces around them.
std::vector<std::string> split_list(std::string_view text);

}  // namespace esteira::runtime
