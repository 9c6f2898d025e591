#include "http_client/response.hpp"

#include <algorithm>

namespace http_client {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string lowered(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
}

}  // namespace

std::string_view Response::header(std::string_view name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

bool HeadReader::take(std::string_view line) {
  size_ += line.size();
  if (size_ > kMaxBytes) return false;
  if (line.starts_with("HTTP/")) {
    is_complete_ = false;
    response_.headers.clear();
  } else if (trimmed(line).empty()) {
    is_complete_ = true;
  } else if (!is_complete_) {
    take_field(line);
  }
  return true;
}

void HeadReader::take_field(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const auto value = trimmed(line.substr(colon + 1));
  const auto [field, is_new] = response_.headers.try_emplace(lowered(trimmed(line.substr(0, colon))), value);
  if (!is_new) field->second.append(", ").append(value);
}

}  // namespace http_client
