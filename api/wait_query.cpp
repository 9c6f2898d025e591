#include "api/wait_query.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>

#include "runtime/config/config.hpp"
#include "runtime/text/percent_decode.hpp"

namespace esteira::api {

namespace {

using std::chrono::milliseconds;

std::optional<milliseconds> wait_from(std::string_view text) {
  const auto decoded = runtime::percent_decode(text);
  if (!decoded) return std::nullopt;
  try {
    const auto wait = runtime::parse_duration(*decoded);
    return wait <= kMaxWait ? std::optional(wait) : std::nullopt;
  } catch (const std::invalid_argument&) {
    return std::nullopt;
  }
}

std::vector<runtime::http::Violation> wait_violation(std::string_view detail) {
  return {{{}, std::string(detail), "wait"}};
}

}  // namespace

std::variant<milliseconds, std::vector<runtime::http::Violation>> parse_wait(std::string_view query) {
  std::optional<milliseconds> wait;
  while (!query.empty()) {
    const auto part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(part.size() + 1, query.size()));
    const auto equals = std::min(part.find('='), part.size());
    if (part.substr(0, equals) != "wait") continue;
    if (wait) return wait_violation("is given more than once");
    wait = wait_from(part.substr(std::min(equals + 1, part.size())));
    if (!wait) return wait_violation("must be a duration from 0s to 20s, such as 500ms or 20s");
  }
  return wait.value_or(milliseconds(0));
}

}  // namespace esteira::api
