#include "api/media_type.hpp"

#include <algorithm>

#include "runtime/text/ascii.hpp"

namespace esteira::api {

namespace {

using runtime::equal_ignoring_case;
using runtime::trim_blanks;

bool is_allowed_parameter(std::string_view parameter) {
  const auto equals = parameter.find('=');
  if (equals == std::string_view::npos) return parameter.empty();
  if (!equal_ignoring_case(trim_blanks(parameter.substr(0, equals)), "charset")) return true;
  const auto charset = trim_blanks(parameter.substr(equals + 1));
  return equal_ignoring_case(charset, "utf-8") || equal_ignoring_case(charset, "\"utf-8\"");
}

}  // namespace

bool is_json(std::string_view content_type) {
  auto end = std::min(content_type.find(';'), content_type.size());
  if (!equal_ignoring_case(trim_blanks(content_type.substr(0, end)), "application/json")) return false;
  while (end < content_type.size()) {
    content_type.remove_prefix(end + 1);
    end = std::min(content_type.find(';'), content_type.size());
    if (!is_allowed_parameter(trim_blanks(content_type.substr(0, end)))) return false;
  }
  return true;
}

}  // namespace esteira::api
