#include "api/post_order.hpp"

#include <optional>

#include "api/idempotency_key.hpp"
#include "api/media_type.hpp"
#include "api/problem_types.hpp"
#include "api/responses.hpp"
#include "runtime/logging/trace.hpp"
#include "runtime/text/uuid.hpp"

namespace esteira::api {

using runtime::http::problem;
using runtime::http::Request;
using runtime::http::Responder;
using runtime::http::Response;

namespace {

/// 415 when the body is not uncompressed JSON.
std::optional<Response> check_media_type(const Request& request) {
  if (!is_json(request.header("Content-Type").value_or(""))) {
    return problem(problems::kNotJson,
                   "The body must be JSON in UTF-8. Send the header 'Content-Type: application/json'.");
  }
  if (!is_uncompressed(request.header_list("Content-Encoding"))) {
    auto response = problem(
        problems::kCompressed,
        "The body must not be compressed. Send it without Content-Encoding; the only accepted one is identity.");
    response.headers.emplace_back("Accept-Encoding", "identity");
    return response;
  }
  return std::nullopt;
}

Response invalid_body(const OrderFault& fault) {
  return problem(fault.status == 400 ? problems::kInvalidJson : problems::kInvalidOrder,
                 fault.status == 400 ? "The body is not valid JSON. See 'errors' for where it goes wrong."
                                     : "The body is not a valid order. See 'errors' for each member to correct.",
                 fault.violations);
}

/// A child of the request's trace, or a new trace when the request has no valid traceparent.
std::string traceparent_for(const Request& request) {
  const auto trace = runtime::Trace::parse(request.header("traceparent").value_or(""));
  return trace ? trace->child().header() : runtime::Trace::make().header();
}

}  // namespace

void PostOrder::operator()(const Request& request, const runtime::http::Router::Parameters& /*none*/,
                           Responder responder) const {
  // Checked first: under overload, and while PostgreSQL stores nothing, a rejected request must cost little.
  if (writer_.is_refusing()) return responder.send(database_unavailable());
  if (writer_.is_full()) return responder.send(overloaded());
  if (auto error = check_media_type(request)) return responder.send(*std::move(error));
  auto key = idempotency_key(request);
  if (const auto* bad = std::get_if<BadIdempotencyKey>(&key))
    return responder.send(problem(problems::kInvalidKey, bad->detail));
  auto wanted = parse_order(request.body, options_.max_items, options_.workflows);
  if (const auto* fault = std::get_if<OrderFault>(&wanted)) return responder.send(invalid_body(*fault));
  auto order = new_order(std::get<OrderRequest>(std::move(wanted)), std::get<std::string>(std::move(key)), request);
  writer_.submit({std::move(order), request.request_id, std::move(responder)});
}

runtime::orders::NewOrder PostOrder::new_order(OrderRequest wanted, std::string key, const Request& request) const {
  runtime::orders::NewOrder order;
  if (!key.empty()) order.request_hash = order_hash(wanted, options_.workflows.fallback());
  order.client = request.client;
  order.idempotency_key = std::move(key);
  order.order.order_id = runtime::ordered_uuid();
  order.order.workflow = wanted.workflow->name;
  order.order.customer_id = std::move(wanted.customer_id);
  order.order.items = std::move(wanted.items);
  order.order.total = wanted.total;
  order.order.traceparent = traceparent_for(request);
  order.event = runtime::orders::first_event(order.order, options_.exchange, wanted.workflow->first_event);
  return order;
}

}  // namespace esteira::api
