#pragma once
#include <string>

namespace esteira::runtime::json {

/// RapidJSON refuses a number beyond the range of a double even when it only has to pass its digits on. Replaces each
/// such number in `text`, which may be any text, by a smaller one of the same length: JSON stays JSON, other text does
/// not become JSON, and nothing moves.
void shrink_numbers(std::string& text);

}  // namespace esteira::runtime::json
