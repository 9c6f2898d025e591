#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "runtime/config/config.hpp"

namespace esteira::runtime {

/// Parses `text` as a value of `setting`. Throws std::invalid_argument, which says what the value should be and never
/// contains `text`: it may be a secret.
SettingValue read_setting(const Setting& setting, std::string_view text);

/// Parses a value of the kind routing_keys. Throws as read_setting does.
std::vector<std::string> read_routing_keys(std::string_view text);

/// The parts of a comma-separated list, without the spaces around them. Parts may be empty.
std::vector<std::string> split_list(std::string_view text);

}  // namespace esteira::runtime
