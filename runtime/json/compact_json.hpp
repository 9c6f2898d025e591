#pragma once
#include <string>
#include <string_view>

namespace esteira::runtime::json {

/// Appends `text`, which is JSON, without the blanks between its values. Everything else is copied as it is, so that a
/// number keeps all its digits: 12345678901234567890123 does not fit in a double.
void append_compact_json(std::string& out, std::string_view text);

}  // namespace esteira::runtime::json
