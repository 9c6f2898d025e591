#include "runtime/text/lists.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace esteira::runtime {

std::vector<std::string> read_list(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto part = text.substr(0, text.find(','));
    parts.emplace_back(part);
    text.remove_prefix(std::min(part.size() + 1, text.size()));
  }
  return parts;
}

std::string join_list(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const auto& part : parts) text.append(text.empty() ? "" : separator).append(part);
  return text;
}

std::vector<std::chrono::milliseconds> read_delays(std::string_view text) {
  std::vector<std::chrono::milliseconds> delays;
  for (const auto& part : read_list(text)) {
    std::int64_t delay = 0;
    std::from_chars(part.data(), part.data() + part.size(), delay);
    delays.emplace_back(delay);
  }
  return delays;
}

}  // namespace esteira::runtime
