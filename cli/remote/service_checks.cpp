#include "cli/remote/service_checks.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "plugins/remote/protocol.hpp"
#include "runtime/text/uuid.hpp"

namespace esteira::cli {
namespace {

using http_client::Response;
using http_client::Result;
using Json = nlohmann::json;

constexpr std::size_t kAtOnce = 32;

/// An order that no service has seen.
Message new_order() {
  Message message;
  message.order_id = runtime::random_uuid();
  message.workflow = "orders";
  message.customer_id = "esteira-remote-check";
  message.items = {{"ABC", 2, Money{1050}}, {"XYZ", 1, Money{99}}};
  message.total = Money{2199};
  message.data = {{"enrich", R"({"supplier":"simulated","score":42})"}};
  message.stage = "check";
  message.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  return message;
}

CheckFinding check_response(ServiceProbe& probe, const ProbeRequest& request) {
  return {protocol_fault(probe.send(request), request.message)};
}

CheckFinding check_order(ServiceProbe& probe, Message message) { return check_response(probe, {std::move(message)}); }

CheckFinding answers_an_order(ServiceProbe& probe) { return check_order(probe, new_order()); }

/// What the host would make of a response, for comparison: JSON with the same content is equal however it is written.
Json meaning_of(const Response& response) {
  return {response.status, Json::parse(response.body, nullptr, false), response.header("esteira-total"),
          response.header("esteira-routing-key")};
}

CheckFinding repeats_its_answer(ServiceProbe& probe) {
  ProbeRequest request{new_order()};
  const auto first = probe.send(request);
  request.has_lower_case_headers = true;
  const auto second = probe.send(request);
  for (const auto* result : {&first, &second}) {
    if (auto fault = protocol_fault(*result, request.message); !fault.empty()) return {fault};
  }
  const auto status = first.response->status;
  const bool is_final = status == 200 || status == 204 || status == 422;
  if (!is_final || meaning_of(*first.response) == meaning_of(*second.response)) return {};
  return {"the repetition got another answer (" + std::to_string(second.response->status) + " " +
          second.response->body.substr(0, 100) + ") than the first request (" + std::to_string(status) + " " +
          first.response->body.substr(0, 100) + ")"};
}

CheckFinding ignores_unknown_members(ServiceProbe& probe) {
  ProbeRequest request{new_order()};
  request.headers = {"Esteira-Future: 1"};
  auto body = Json::parse(remote::message_json(request.message));
  body["future"] = {{"nested", {1, "two", nullptr}}};
  body["items"][0]["future"] = true;
  request.body = body.dump();
  return check_response(probe, request);
}

CheckFinding takes_an_order_without_prices(ServiceProbe& probe) {
  auto message = new_order();
  for (auto& item : message.items) item.unit_price.reset();
  message.total.reset();
  message.data.clear();
  message.traceparent.clear();
  return check_order(probe, std::move(message));
}

CheckFinding takes_any_text(ServiceProbe& probe) {
  auto message = new_order();
  message.customer_id = "Zo\u00EB \"\\/\b\t\n \u0645\u0631\u062D\u0628\u0627 \u6F22\u5B57 \U0001F600";
  message.items.front().sku = "\u00C4-1 'x' <y> &amp; %00";
  return check_order(probe, std::move(message));
}

CheckFinding takes_exact_numbers(ServiceProbe& probe) {
  auto message = new_order();
  message.data = {{"enrich", R"({"n":12345678901234567890123,"d":0.1234567890123456789,"huge":1e350,"tiny":-1e-350})"}};
  message.total = Money{kMaxCents};
  return check_order(probe, std::move(message));
}

CheckFinding takes_a_large_message(ServiceProbe& probe) {
  constexpr std::size_t kItems = 1000;
  constexpr std::size_t kText = 250'000;
  auto message = new_order();
  message.total.reset();
  for (std::size_t i = 0; i < kItems; ++i) message.items.push_back({"SKU-" + std::to_string(i), 1, Money{100}});
  for (const auto* stage : {"enrich", "fraud", "stock", "tax"})
    message.data[stage] = R"({"text":")" + std::string(kText, 'x') + "\"}";
  return check_order(probe, std::move(message));
}

CheckFinding takes_a_later_attempt(ServiceProbe& probe) {
  auto message = new_order();
  message.attempt = 7;
  message.redrive = 2;
  return check_order(probe, std::move(message));
}

CheckFinding refuses_what_is_no_message(ServiceProbe& probe) {
  for (const auto* body : {"{\"order_id\":", "[]", "null", "\xFF\xFE"}) {
    ProbeRequest request{new_order()};
    request.body = body;
    const auto result = probe.send(request);
    if (!result.response)
      return {std::string("for the body ") + Json(body).dump(-1, ' ', true, Json::error_handler_t::replace) + ": " +
              result.fault};
    if (const auto status = result.response->status; status < 400)
      return {"it answered " + std::to_string(status) + " to a body that is not a message"};
  }
  return check_order(probe, new_order());
}

CheckFinding keeps_connections(ServiceProbe& probe) {
  for (int i = 0; i < 2; ++i) {
    const auto message = new_order();
    const auto result = probe.send({message});
    if (auto fault = protocol_fault(result, message); !fault.empty()) return {fault};
    if (i == 1 && result.response->on_new_connection) return {"it closed the connection after a response", true};
  }
  return {};
}

CheckFinding answers_at_the_same_time(ServiceProbe& probe) {
  std::vector<ProbeRequest> requests;
  requests.reserve(kAtOnce);
  for (std::size_t i = 0; i < kAtOnce; ++i) requests.push_back({new_order()});
  const auto results = probe.send_at_once(requests);
  std::size_t faults = 0;
  std::string last;
  for (std::size_t i = 0; i < kAtOnce; ++i) {
    auto fault = protocol_fault(results[i], requests[i].message);
    if (fault.empty()) continue;
    ++faults;
    last = std::move(fault);
  }
  if (faults == 0) return {};
  return {std::to_string(faults) + " of " + std::to_string(kAtOnce) + " requests at the same time: " + last};
}

CheckFinding answers_a_last_request(ServiceProbe& probe) {
  ProbeRequest request{new_order()};
  request.headers = {"Connection: close"};
  return check_response(probe, request);
}

}  // namespace

const std::vector<ServiceCheck>& service_checks() {
  static const std::vector<ServiceCheck> checks{
      {"answers an order",
       "answer 200 with a JSON object, 204, 422 with application/problem+json, or 202, 429 or 503 with Retry-After",
       &answers_an_order},
      {"gives the same answer to the same Idempotency-Key",
       "store the key with the answer; names of headers have no upper or lower case", &repeats_its_answer},
      {"ignores members and headers that it does not know", "let its reader of JSON pass over unknown members",
       &ignores_unknown_members},
      {"takes an order without prices, total, data and trace", "treat unit_price, total and traceparent as optional",
       &takes_an_order_without_prices},
      {"takes text in any language", "read the body as UTF-8", &takes_any_text},
      {"takes numbers of any size in data", "read data as it is, or with decimals of any size", &takes_exact_numbers},
      {"takes a message of a megabyte", "raise the limit of its server or framework to 5 MiB", &takes_a_large_message},
      {"takes a later attempt of a redriven order", "do not refuse what it has refused or failed before",
       &takes_a_later_attempt},
      {"answers 400 to what is not a message, and goes on", "catch the error of its reader, and answer 400",
       &refuses_what_is_no_message},
      {"keeps connections alive", "speak HTTP/1.1 with Content-Length; each request costs a connection otherwise",
       &keeps_connections},
      {"answers requests at the same time", "serve requests concurrently, or answer 503 with Retry-After",
       &answers_at_the_same_time},
      {"answers the last request of a connection", "answer before it closes the connection", &answers_a_last_request},
  };
  return checks;
}

}  // namespace esteira::cli
