#pragma once
#include <string>

#include "runtime/http/message.hpp"

namespace esteira::api {

/// 202: the order is committed. A replay repeats the first response, marked with Idempotency-Replayed.
runtime::http::Response accepted(const std::string& order_id, bool replayed);
/// 422: the idempotency key belongs to a different order.
runtime::http::Response key_conflict();
/// 503 with Retry-After: PostgreSQL is unavailable.
runtime::http::Response database_unavailable();
/// 503 with Retry-After: too many requests are queued.
runtime::http::Response overloaded();
/// 404: no order has this id.
runtime::http::Response unknown_order();
/// 500: the server failed; the text tells nothing of the cause.
runtime::http::Response internal_error();
/// 200 with the order (as JSON) and its ETag, or 304 when `if_none_match` names that ETag. An empty `if_none_match`
/// means that the header was not sent.
runtime::http::Response order_found(std::string order, const std::string& if_none_match);

}  // namespace esteira::api
