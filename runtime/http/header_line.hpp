#pragma once
#include <optional>
#include <string_view>

#include "runtime/http/parse_error.hpp"

namespace esteira::runtime::http {

/// A header or a trailer. Points into the parsed line.
struct HeaderLine {
  std::string_view name;
  std::string_view value;  ///< trimmed
};

/// Parses a line, given without its CR LF, into `parsed`.
std::optional<ParseError> parse_header_line(std::string_view line, HeaderLine& parsed);

}  // namespace esteira::runtime::http
