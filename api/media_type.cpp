#include "api/media_type.hpp"

#include <algorithm>

#include "runtime/text/ascii.hpp"

namespace esteira::api {

namespace {

using runtime::equal_ignoring_case;
using runtime::trim_blanks;

/// Removes the text up to the next `separator` from `rest` and returns it. A separator in quotes does not count.
std::string_view take_part(std::string_view& rest, char separator) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < rest.size() && (quoted || rest[end] != separator); ++end) {
    if (quoted && rest[end] == '\\') {
      ++end;
    } else if (rest[end] == '"') {
      quoted = !quoted;
    }
  }
  const auto part = trim_blanks(rest.substr(0, std::min(end, rest.size())));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

std::string_view unquote(std::string_view text) {
  const bool quoted = text.size() >= 2 && text.starts_with('"') && text.ends_with('"');
  return quoted ? text.substr(1, text.size() - 2) : text;
}

bool is_allowed_parameter(std::string_view parameter) {
  const auto equals = parameter.find('=');
  if (equals == std::string_view::npos) return parameter.empty();
  if (!equal_ignoring_case(trim_blanks(parameter.substr(0, equals)), "charset")) return true;
  const auto charset = unquote(trim_blanks(parameter.substr(equals + 1)));
  return equal_ignoring_case(charset, "utf-8") || equal_ignoring_case(charset, "utf8");
}

}  // namespace

bool is_json(std::string_view content_type) {
  if (!equal_ignoring_case(take_part(content_type, ';'), "application/json")) return false;
  while (!content_type.empty()) {
    if (!is_allowed_parameter(take_part(content_type, ';'))) return false;
  }
  return true;
}

bool is_uncompressed(std::string_view content_encoding) {
  while (!content_encoding.empty()) {
    const auto coding = take_part(content_encoding, ',');
    if (!coding.empty() && !equal_ignoring_case(coding, "identity")) return false;
  }
  return true;
}

}  // namespace esteira::api
