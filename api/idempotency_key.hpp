#pragma once
#include <string>
#include <variant>

#include "runtime/http/message.hpp"

namespace esteira::api {

struct BadIdempotencyKey {
  std::string detail;  ///< for the client
};

/// The value of X-Idempotency-Key or Idempotency-Key; empty when neither was sent. Both may be sent with one value.
/// A key is 1–255 visible ASCII characters.
std::variant<std::string, BadIdempotencyKey> idempotency_key(const runtime::http::Request& request);

}  // namespace esteira::api
