#pragma once
#include <string>
#include <vector>

#include "api/list_query.hpp"
#include "runtime/http/message.hpp"
#include "runtime/orders/store/order_page.hpp"

namespace esteira::api {

/// 202: the order is committed. A replay repeats the first response, marked with Idempotency-Replayed.
runtime::http::Response accepted(const std::string& order_id, bool replayed);
/// 422: the idempotency key belongs to a different order.
runtime::http::Response key_conflict();
/// 503 with Retry-After: PostgreSQL is unavailable.
runtime::http::Response database_unavailable();
/// 503 with Retry-After: too many requests are queued.
runtime::http::Response overloaded();
/// 503 with Retry-After: too many requests wait for a change of their order.
runtime::http::Response too_many_waiting();
/// 404: no order has this id.
runtime::http::Response unknown_order();
/// 202: the order is cancelled, or will be by its next stage. `order_status` is its status at the moment.
runtime::http::Response cancellation_accepted(const std::string& order_id, const std::string& order_status);
/// 409: the order with this status cannot be cancelled any more.
runtime::http::Response cancellation_refused(const std::string& order_status);
/// 500: the server failed; the text tells nothing of the cause.
runtime::http::Response internal_error();
/// 200 with the order (as JSON) and its ETag, or 304 when `if_none_match` names that ETag. An empty `if_none_match`
/// means that the header was not sent.
runtime::http::Response order_found(std::string order, const std::string& if_none_match);
/// 200 with the page as JSON, and with a Link to the next one when there is one.
runtime::http::Response orders_listed(const ListQuery& list, const runtime::orders::OrderPage& page);
/// 400: the query is not valid.
runtime::http::Response invalid_query(const std::vector<runtime::http::Violation>& violations);
/// 400: there is no such status; lists those that there are.
runtime::http::Response unknown_status(const std::vector<std::string>& known);

}  // namespace esteira::api
