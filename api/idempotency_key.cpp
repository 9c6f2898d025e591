#include "api/idempotency_key.hpp"

#include <optional>

#include "runtime/text/ascii.hpp"

namespace esteira::api {

namespace {

bool is_key_header(const std::string& name) {
  return runtime::equal_ignoring_case(name, "X-Idempotency-Key") ||
         runtime::equal_ignoring_case(name, "Idempotency-Key");
}

bool is_key(const std::string& text) {
  constexpr std::size_t kMaxLength = 255;
  if (text.empty() || text.size() > kMaxLength) return false;
  return runtime::is_visible_ascii(text);
}

}  // namespace

std::variant<std::string, BadIdempotencyKey> idempotency_key(const runtime::http::Request& request) {
  std::optional<std::string> key;
  for (const auto& [name, value] : request.headers) {
    if (!is_key_header(name)) continue;
    if (key && *key != value) return BadIdempotencyKey{"The request has two different idempotency keys. Send one."};
    key = value;
  }
  if (!key) return std::string();
  if (!is_key(*key)) return BadIdempotencyKey{"The idempotency key must have 1 to 255 visible ASCII characters."};
  return std::move(*key);
}

}  // namespace esteira::api
