#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace esteira::runtime {

/// The options after '?' of a URL: name=value, separated by '&', percent-decoded, in their order. Empty when a part has
/// no name or no '=', or an escape sequence is invalid.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_query_options(std::string_view query);

/// A name from a URL for an error text: as it is when it looks like the name of an option, else "an option". A wrong
/// URL may have its password anywhere.
std::string option_for_error(std::string_view name);

}  // namespace esteira::runtime
