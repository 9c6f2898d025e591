#pragma once
#include <string>
#include <string_view>

namespace esteira::test {

/// `prefix`, an underscore and twelve hexadecimal digits that no other test draws. Fits as the name of a database, a
/// queue, an exchange or a stage when the prefix does.
std::string unique_name(std::string_view prefix);

}  // namespace esteira::test
