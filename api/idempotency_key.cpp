#include "api/idempotency_key.hpp"

#include <strings.h>

#include <optional>

#include "runtime/text/ascii.hpp"

namespace esteira::api {

namespace {

bool is_key_header(const std::string& name) {
  return strcasecmp(name.c_str(), "X-Idempotency-Key") == 0 || strcasecmp(name.c_str(), "Idempotency-Key") == 0;
}

bool is_key(const std::string& text) {
  constexpr std::size_t kMax = 255;
  if (text.empty() || text.size() > kMax) return false;
  return runtime::is_visible_ascii(text);
}

}  // namespace

std::variant<std::string, BadIdempotencyKey> idempotency_key(const runtime::http::Request& request) {
  std::optional<std::string> key;
  for (const auto& [name, value] : request.headers) {
    if (!is_key_header(name)) continue;
    if (key && *key != value) return BadIdempotencyKey{"two idempotency keys were sent that are not the same"};
    key = value;
  }
  if (!key) return std::string();
  if (!is_key(*key)) return BadIdempotencyKey{"an idempotency key has 1 to 255 visible ASCII characters"};
  return std::move(*key);
}

}  // namespace esteira::api
