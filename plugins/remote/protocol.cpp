#include "protocol.hpp"

#include <algorithm>
#include <esteira/names.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "retry_after.hpp"

namespace remote {
namespace {

using esteira::Outcome;
using http_client::Response;
using Json = nlohmann::json;

constexpr std::size_t kMaxShown = 200;

std::string quoted(const std::string& text) { return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string item_json(const esteira::Item& item) {
  auto json = R"({"sku":)" + quoted(item.sku) + R"(,"qty":)" + std::to_string(item.qty);
  if (item.unit_price) json += R"(,"unit_price":")" + item.unit_price->text() + '"';
  return json + '}';
}

template <class List, class One>
std::string joined(const List& list, One one) {
  std::string json;
  for (const auto& element : list) json += (json.empty() ? "" : ",") + one(element);
  return json;
}

std::string one_line(std::string_view text) {
  std::string line(text.substr(0, kMaxShown));
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return line;
}

bool is_problem(const Response& response) {
  const auto type = response.header("content-type");
  return type.substr(0, type.find_first_of("; ")) == "application/problem+json";
}

/// The text of a problem: its detail, or else its title; "" when there is neither. Nothing when the body is not a JSON
/// object.
std::optional<std::string> problem_text(const Response& response) {
  const auto problem = Json::parse(response.body, nullptr, false);
  if (!problem.is_object()) return std::nullopt;
  for (const auto* name : {"detail", "title"}) {
    const auto found = problem.find(name);
    if (found == problem.end() || !found->is_string()) continue;
    auto text = found->get<std::string>();
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
    if (text.find_first_not_of(' ') != std::string::npos) return text;
  }
  return "";
}

std::string said(const Response& response) {
  auto text = "the service answered " + std::to_string(response.status);
  if (!is_problem(response)) return text;
  const auto detail = problem_text(response).value_or("");
  return detail.empty() ? text : text + ": " + detail;
}

// The host checks the rest when it stores the data: a parser that reads numbers as double would refuse 1e350.
bool may_be_object(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string::npos && text[first] == '{';
}

/// `done` with what the headers add to it.
Outcome done(const Response& response, std::string data) {
  auto outcome = Outcome::done(std::move(data));
  if (const auto total = response.header("esteira-total"); !total.empty()) {
    const auto amount = esteira::Money::parse(total);
    if (!amount)
      return Outcome::retry(R"(Esteira-Total should be an amount such as 12.50, it is ")" + one_line(total) + '"');
    outcome.total(*amount);
  }
  if (const auto key = response.header("esteira-routing-key"); !key.empty()) {
    if (!esteira::names::is_routing_key(key))
      return Outcome::retry(R"(Esteira-Routing-Key should be [a-z0-9._-]+, it is ")" + one_line(key) + '"');
    outcome.routing_key(std::string(key));
  }
  return outcome;
}

Outcome fail(const Response& response) {
  if (!is_problem(response))
    return Outcome::retry("the service answered 422 with another content type than application/problem+json");
  auto detail = problem_text(response);
  if (!detail) return Outcome::retry("the service answered 422 with a body that is not a JSON object");
  return Outcome::fail(detail->empty() ? "the service refused the order without a reason" : *std::move(detail));
}

Outcome later(const Response& response, std::chrono::system_clock::time_point now) {
  const auto after = response.header("retry-after");
  const auto delay = read_retry_after(after, response.header("date"), now);
  if (!delay)
    return Outcome::retry(said(response) + (after.empty() ? " without" : " with an invalid") + " Retry-After");
  return response.status == 202 ? Outcome::snooze(*delay, said(response)) : Outcome::retry(said(response), *delay);
}

/// A service that answers twice shifts all later responses of its connection, unless they say whose they are.
bool is_of_another(const Response& response, const std::string& idempotency_key) {
  const auto key = response.header("idempotency-key");
  return !key.empty() && key != idempotency_key;
}

std::string redirection(const Response& response) {
  const auto location = response.header("location");
  return said(response) + (location.empty() ? "" : ", a redirection to " + one_line(location)) +
         "; redirections are not followed";
}

}  // namespace

std::string message_json(const esteira::Message& message) {
  auto json = R"({"order_id":)" + quoted(message.order_id) + R"(,"workflow":)" + quoted(message.workflow) +
              R"(,"customer_id":)" + quoted(message.customer_id);
  json += R"(,"items":[)" + joined(message.items, item_json) + ']';
  if (message.total) json += R"(,"total":")" + message.total->text() + '"';
  json += R"(,"data":{)" +
          joined(message.data, [](const auto& entry) { return quoted(entry.first) + ':' + entry.second; }) + '}';
  json += R"(,"stage":)" + quoted(message.stage) + R"(,"attempt":)" + std::to_string(message.attempt);
  return json + R"(,"redrive":)" + std::to_string(message.redrive) + '}';
}

std::vector<std::string> message_headers(const esteira::Message& message, std::chrono::milliseconds time_left) {
  std::vector<std::string> headers{
      "Content-Type: application/json", "Accept: application/json, application/problem+json",
      "Idempotency-Key: " + message.idempotency_key(), "Esteira-Attempt: " + std::to_string(message.attempt),
      "Esteira-Deadline: " + std::to_string(time_left.count())};
  if (!message.traceparent.empty()) headers.push_back("traceparent: " + message.traceparent);
  return headers;
}

esteira::Outcome outcome_of(const Response& response, const std::string& idempotency_key,
                            std::chrono::system_clock::time_point now) {
  if (is_of_another(response, idempotency_key))
    return Outcome::retry("the service answered another request: its Idempotency-Key is " +
                          one_line(response.header("idempotency-key")));
  switch (response.status) {
    case 200:
      if (may_be_object(response.body)) return done(response, response.body);
      return Outcome::retry("the service answered 200 without a JSON object");
    case 204:
      return done(response, {});
    case 422:
      return fail(response);
    case 202:
    case 429:
    case 503:
      return later(response, now);
    default:
      return Outcome::retry(response.status >= 300 && response.status < 400 ? redirection(response) : said(response));
  }
}

}  // namespace remote
