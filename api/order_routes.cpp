#include "api/order_routes.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "api/idempotency_key.hpp"
#include "api/media_type.hpp"
#include "api/responses.hpp"
#include "runtime/logging/trace.hpp"
#include "runtime/text/ascii.hpp"
#include "runtime/text/uuid.hpp"

namespace esteira::api {

using runtime::http::problem;
using runtime::http::Request;
using runtime::http::Responder;
using runtime::http::Response;

namespace {

/// 415 for a body that is not plain JSON; nothing when it is.
std::optional<Response> refuse_media_type(const Request& request) {
  if (!is_json(request.header("Content-Type").value_or(""))) {
    return problem(415, "the body must be application/json in UTF-8, and Content-Type must say so");
  }
  const auto encoding = request.header("Content-Encoding");
  if (encoding && *encoding != "identity") return problem(415, "the body must not be compressed");
  return std::nullopt;
}

Response refuse_body(const OrderFault& fault) {
  return problem(fault.status, fault.status == 400 ? "the body cannot be read" : "the body is not an order",
                 fault.violations);
}

/// The request's own trace, one step on; a new one when it has none that is valid.
std::string traceparent_for(const Request& request) {
  const auto trace = runtime::Trace::parse(request.header("traceparent").value_or(""));
  return trace ? trace->child().header() : runtime::Trace::make().header();
}

}  // namespace

OrderRoutes::OrderRoutes(Options options, const Authenticator& authenticator, OrderWriter& writer, LookUp look_up)
    : options_(std::move(options)), authenticator_(authenticator), writer_(writer), look_up_(std::move(look_up)) {}

void OrderRoutes::add_to(runtime::http::Router& router) {
  using Parameters = runtime::http::Router::Parameters;
  router.add("POST", "/orders", [this](Request&& request, const Parameters& /*none*/, Responder responder) {
    if (!authenticator_.allows(request)) return responder.send(Authenticator::refusal(request));
    post(request, std::move(responder));
  });
  router.add("GET", "/orders/{id}", [this](Request&& request, const Parameters& parameters, Responder responder) {
    if (!authenticator_.allows(request)) return responder.send(Authenticator::refusal(request));
    get(request, parameters.at(0), std::move(responder));
  });
}

void OrderRoutes::post(const Request& request, Responder responder) const {
  // First of all, for a refusal under overload must cost little.
  if (writer_.is_full()) return responder.send(overloaded());
  if (auto refusal = refuse_media_type(request)) return responder.send(std::move(*refusal));
  auto key = idempotency_key(request);
  if (const auto* bad = std::get_if<BadIdempotencyKey>(&key)) return responder.send(problem(400, bad->detail));
  auto wanted = parse_order(request.body, options_.max_items);
  if (const auto* fault = std::get_if<OrderFault>(&wanted)) return responder.send(refuse_body(*fault));
  auto order = new_order(std::get<OrderRequest>(std::move(wanted)), std::get<std::string>(std::move(key)), request);
  writer_.submit({std::move(order), request.request_id, std::move(responder)});
}

void OrderRoutes::get(const Request& request, std::string id, Responder responder) const {
  if (!runtime::is_uuid(id)) return responder.send(unknown_order());
  std::transform(id.begin(), id.end(), id.begin(), runtime::ascii_lower);
  std::string if_none_match(request.header("If-None-Match").value_or(""));
  look_up_({std::move(id), std::move(if_none_match), std::move(responder)});
}

runtime::orders::NewOrder OrderRoutes::new_order(OrderRequest wanted, std::string key, const Request& request) const {
  runtime::orders::NewOrder order;
  if (!key.empty()) order.request_hash = order_hash(wanted);
  order.idempotency_key = std::move(key);
  order.order.order_id = runtime::ordered_uuid();
  order.order.workflow = options_.workflow;
  order.order.customer_id = std::move(wanted.customer_id);
  order.order.items = std::move(wanted.items);
  order.order.total = wanted.total;
  order.order.traceparent = traceparent_for(request);
  order.event = runtime::orders::first_event(order.order, options_.exchange, options_.first_event);
  return order;
}

}  // namespace esteira::api
