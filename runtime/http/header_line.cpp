#include "runtime/http/header_line.hpp"

#include <algorithm>

#include "runtime/text/ascii.hpp"

namespace esteira::runtime::http {

std::optional<ParseError> parse_header_line(std::string_view line, HeaderLine& parsed) {
  const auto colon = line.find(':');
  // A blank before the name (an obsolete folded line) or before the colon is not part of a token, and so is rejected.
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
    return ParseError{400, "A header line is not valid. Expected: name, colon, value."};
  parsed = {line.substr(0, colon), trim_blanks(line.substr(colon + 1))};
  if (std::any_of(parsed.value.begin(), parsed.value.end(), [](char c) { return is_control(c) && c != '\t'; }))
    return ParseError{400, "The value of a header has a control character. Remove it."};
  return std::nullopt;
}

}  // namespace esteira::runtime::http
