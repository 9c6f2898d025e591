#pragma once
#include <string>

#include "runtime/http/message.hpp"

namespace esteira::api {

/// 202: the order is committed. A replay is the first answer again, marked as such.
runtime::http::Response accepted(const std::string& order_id, bool replayed);
/// 422: the idempotency key was used for another order.
runtime::http::Response key_conflict();
/// 503 with Retry-After: PostgreSQL is away.
runtime::http::Response database_away();
/// 503 with Retry-After: too many requests wait already.
runtime::http::Response overloaded();
/// 404: there is no such order.
runtime::http::Response unknown_order();
/// 500.
runtime::http::Response internal_fault();
/// 200 with the order (as JSON) and its ETag; 304 when `if_none_match` (empty: not sent) names that very state.
runtime::http::Response order_found(std::string order, const std::string& if_none_match);

}  // namespace esteira::api
