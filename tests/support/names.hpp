#pragma once
#include <string>
#include <string_view>

namespace esteira::test {

/// `prefix`, an underscore and twelve random hexadecimal digits. With a valid prefix it is a valid name of a database,
/// a queue, an exchange or a stage.
std::string unique_name(std::string_view prefix);

}  // namespace esteira::test
