#include "runtime/text/query_options.hpp"

#include <algorithm>

#include "runtime/text/percent_decode.hpp"

namespace esteira::runtime {

std::optional<std::vector<std::pair<std::string, std::string>>> parse_query_options(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> options;
  while (!query.empty()) {
    const auto part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(part.size() + 1, query.size()));
    const auto equals = part.find('=');
    if (equals == std::string_view::npos || equals == 0) return std::nullopt;
    auto name = percent_decode(part.substr(0, equals));
    auto value = percent_decode(part.substr(equals + 1));
    if (!name || !value) return std::nullopt;
    options.emplace_back(*std::move(name), *std::move(value));
  }
  return options;
}

std::string option_for_error(std::string_view name) {
  constexpr std::size_t kLongest = 40;
  const bool is_name = !name.empty() && name.size() <= kLongest &&
                       std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
  return is_name ? "the option \"" + std::string(name) + "\"" : "an option";
}

}  // namespace esteira::runtime
