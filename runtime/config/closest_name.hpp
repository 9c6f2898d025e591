#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace esteira::runtime {

/// The name in `known` with the smallest edit distance to `name`, for "did you mean"; empty when all differ by more
/// than three characters.
std::string closest_name(std::string_view name, const std::vector<std::string>& known);

}  // namespace esteira::runtime
