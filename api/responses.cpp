#include "api/responses.hpp"

#include <string_view>

#include "api/problem_types.hpp"
#include "runtime/orders/envelope/order_json.hpp"
#include "runtime/text/hex.hpp"
#include "runtime/text/sha256.hpp"

namespace esteira::api {

namespace {

using runtime::http::Response;
using runtime::orders::append_money;
using runtime::orders::append_text;
using runtime::orders::append_time;
using runtime::orders::OrderPage;
using runtime::orders::OrderSummary;

Response try_again(const runtime::http::ProblemType& type, std::string_view detail) {
  auto response = runtime::http::problem(type, detail);
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

void append_summary(std::string& body, const OrderSummary& order) {
  append_text(body, body.back() == '[' ? "{\"order_id\":" : ",{\"order_id\":", order.order_id);
  append_text(body, ",\"status\":", order.status);
  append_text(body, ",\"workflow\":", order.workflow);
  append_text(body, ",\"customer_id\":", order.customer_id);
  append_money(body, ",\"total\":", order.total);
  append_text(body, ",\"created_at\":", order.created_at);
  append_time(body, ",\"updated_at\":", order.updated_at);
  body += '}';
}

std::string etag_of(std::string_view body) {
  constexpr std::size_t kBytes = 16;
  const auto digest = runtime::sha256(body);
  return '"' + runtime::to_hex(reinterpret_cast<const unsigned char*>(digest.data()), kBytes) + '"';
}

/// If-None-Match compares weakly (RFC 9110, section 13.1.2). A search is enough, as our tags contain no comma.
bool names_tag(std::string_view if_none_match, std::string_view etag) {
  return if_none_match == "*" || if_none_match.find(etag) != std::string_view::npos;
}

}  // namespace

Response accepted(const std::string& order_id, bool replayed) {
  Response response;
  response.status = 202;
  response.body = R"({"order_id":")" + order_id + R"(","status":"pending"})";
  response.headers.emplace_back("Location", "/orders/" + order_id);
  if (replayed) response.headers.emplace_back("Idempotency-Replayed", "true");
  return response;
}

Response key_conflict() {
  return runtime::http::problem(
      problems::kReusedKey,
      "This idempotency key was already used for a different order. Use a new key for a new order.");
}

Response database_unavailable() {
  return try_again(problems::kUnavailable,
                   "Orders cannot be stored or read at the moment. Send the request again later, see Retry-After.");
}

Response overloaded() {
  return try_again(problems::kOverloaded,
                   "Too many requests are queued. Send the request again later, see Retry-After.");
}

Response too_many_waiting() {
  return try_again(problems::kOverloaded,
                   "Too many requests wait for a change of their order. Send the request again later, see Retry-After, "
                   "or without 'wait'.");
}

Response unknown_order() {
  return runtime::http::problem(problems::kUnknownOrder, "There is no order with this id. Check the id in the path.");
}

Response cancellation_accepted(const std::string& order_id, const std::string& order_status) {
  Response response;
  response.status = 202;
  response.body = R"({"order_id":")" + order_id + R"(","status":")" + order_status + R"("})";
  response.headers.emplace_back("Location", "/orders/" + order_id);
  return response;
}

Response cancellation_refused(const std::string& order_status) {
  return runtime::http::problem(problems::kTooLateToCancel,
                                "The order is " + order_status + " and cannot be cancelled any more.");
}

Response internal_error() {
  return runtime::http::problem(500, "The server failed to process this request. Send it again later.");
}

Response order_found(std::string order, const std::string& if_none_match) {
  auto etag = etag_of(order);
  Response response;
  if (names_tag(if_none_match, etag)) {
    response.status = 304;
  } else {
    response.body = std::move(order);
  }
  response.headers = {{"ETag", std::move(etag)}, {"Cache-Control", "private, no-cache"}};
  return response;
}

Response orders_listed(const ListQuery& list, const OrderPage& page) {
  Response response;
  response.body = "{\"orders\":[";
  for (const auto& order : page.orders) append_summary(response.body, order);
  response.body += "],\"next_cursor\":";
  response.body += page.next.empty() ? "null" : '"' + to_cursor(page.next) + '"';
  response.body += '}';
  response.headers.emplace_back("Cache-Control", "private, no-cache");
  if (!page.next.empty())
    response.headers.emplace_back("Link", "</orders?" + next_page_query(list, page.next) + ">; rel=\"next\"");
  return response;
}

Response invalid_query(const std::vector<runtime::http::Violation>& violations) {
  return runtime::http::problem(problems::kInvalidQuery,
                                "The query is not valid. See 'errors' for each parameter to correct.", violations);
}

Response unknown_status(const std::vector<std::string>& known) {
  std::string names;
  for (const auto& name : known) names.append(names.empty() ? "" : ", ").append(name);
  return invalid_query({{{}, "must be one of: " + names, "status"}});
}

}  // namespace esteira::api
