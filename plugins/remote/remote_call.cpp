#include "remote_call.hpp"

#include "protocol.hpp"

namespace remote {

http_client::Request RemoteCall::make_request(std::chrono::milliseconds time_left) {
  sent_ = std::chrono::steady_clock::now();
  http_client::Request request{message_json(task_.message()), message_headers(task_.message(), time_left)};
  if (auto header = token_.header(); !header.empty()) request.headers.push_back(std::move(header));
  return request;
}

void RemoteCall::finish(const http_client::Result& result) {
  measure(result);
  task_.complete(outcome(result));
}

void RemoteCall::measure(const http_client::Result& result) const {
  auto& context = task_.context();
  if (!result.response) return context.count("requests_failed");
  context.observe("request_duration", std::chrono::steady_clock::now() - sent_);
  if (result.response->on_new_connection) context.count("connections");
}

esteira::Outcome RemoteCall::outcome(const http_client::Result& result) const {
  using esteira::Outcome;
  if (result.response) return outcome_of(*result.response, task_.message().idempotency_key());
  if (result.is_cancelled) return Outcome::retry("the host stopped during the request to the service");
  return Outcome::retry("the request to the service failed: " + result.fault);
}

}  // namespace remote
