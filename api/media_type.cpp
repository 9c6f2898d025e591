#include "api/media_type.hpp"

#include <strings.h>

#include <algorithm>

namespace esteira::api {

namespace {

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view trim(std::string_view text) {
  const auto start = text.find_first_not_of(" \t");
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(" \t") - start + 1);
}

bool fits(std::string_view parameter) {
  const auto equals = parameter.find('=');
  if (equals == std::string_view::npos) return parameter.empty();
  if (!same(trim(parameter.substr(0, equals)), "charset")) return true;
  const auto charset = trim(parameter.substr(equals + 1));
  return same(charset, "utf-8") || same(charset, "\"utf-8\"");
}

}  // namespace

bool is_json(std::string_view content_type) {
  auto end = std::min(content_type.find(';'), content_type.size());
  if (!same(trim(content_type.substr(0, end)), "application/json")) return false;
  while (end < content_type.size()) {
    content_type.remove_prefix(end + 1);
    end = std::min(content_type.find(';'), content_type.size());
    if (!fits(trim(content_type.substr(0, end)))) return false;
  }
  return true;
}

}  // namespace esteira::api
