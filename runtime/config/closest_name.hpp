#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace esteira::runtime {

/// The name of `known` that `name` was probably meant to be; empty when none is near.
std::string closest_name(std::string_view name, const std::vector<std::string>& known);

}  // namespace esteira::runtime
