#pragma once
#include <string>
#include <variant>

#include "runtime/http/message.hpp"

namespace esteira::api {

struct BadIdempotencyKey {
  std::string detail;  ///< for the client
};

/// The value of Idempotency-Key or X-Idempotency-Key. Empty when neither was sent. Both may be sent with the same
/// value. A key has 1 to 255 visible ASCII characters.
std::variant<std::string, BadIdempotencyKey> idempotency_key(const runtime::http::Request& request);

}  // namespace esteira::api
