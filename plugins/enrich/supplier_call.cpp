#include "supplier_call.hpp"

#include "supplier_protocol.hpp"

namespace enrich {

http_client::Request SupplierCall::make_request(std::chrono::milliseconds /*time_left*/) {
  const auto& message = task_.message();
  http_client::Request request{request_body(message), {"Content-Type: application/json"}};
  request.headers.push_back("Idempotency-Key: " + message.idempotency_key());
  if (!message.traceparent.empty()) request.headers.push_back("traceparent: " + message.traceparent);
  return request;
}

void SupplierCall::finish(const http_client::Result& result) {
  task_.context().count("supplier_calls");
  if (result.response) {
    task_.complete(outcome_of(result.response->status, result.response->body));
  } else if (result.is_cancelled) {
    task_.complete(esteira::Outcome::retry("the host stopped during the request to the supplier"));
  } else {
    task_.complete(esteira::Outcome::retry("the request to the supplier failed: " + result.fault));
  }
}

}  // namespace enrich
