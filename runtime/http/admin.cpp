#include "runtime/http/admin.hpp"

#include <memory>
#include <nlohmann/json.hpp>

#include "runtime/logging/log.hpp"
#include "runtime/metrics/shared_metrics.hpp"

namespace esteira::runtime::http {
namespace {

Response json_response(int status, const nlohmann::json& body) {
  Response response;
  response.status = status;
  response.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

Response healthz(const std::string& failure) {
  if (failure.empty()) return json_response(200, {{"status", "ok"}});
  return json_response(503, {{"status", "failing"}, {"reason", failure}});
}

Response readyz(const Readiness& readiness) {
  const auto missing = readiness.missing();
  nlohmann::json body{{"status", missing.empty() ? "ready" : "not ready"}};
  for (const auto& [name, reason] : missing) body["missing"].push_back({{"name", name}, {"reason", reason}});
  for (const auto& [name, text] : readiness.notes()) body[name] = text;
  return json_response(missing.empty() ? 200 : 503, body);
}

Response metrics_page(const Metrics& metrics) {
  Response response;
  response.body = metrics.text();
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  return response;
}

}  // namespace

bool is_admin_request(const Request& request) {
  return request.path == "/healthz" || request.path == "/readyz" || request.path == "/metrics";
}

void add_admin_routes(Router& router, Metrics& metrics, const Readiness& readiness,
                      std::function<std::string()> liveness) {
  router.add("GET", "/healthz", [liveness = std::move(liveness)](Request&&, const auto&, Responder responder) {
    responder.send(healthz(liveness ? liveness() : std::string()));
  });
  router.add("GET", "/readyz",
             [&readiness](Request&&, const auto&, Responder responder) { responder.send(readyz(readiness)); });
  const auto dropped = std::make_shared<DroppedLogLines>(metrics);
  router.add("GET", "/metrics", [&metrics, dropped](Request&&, const auto&, Responder responder) {
    dropped->update(log::dropped_lines());
    responder.send(metrics_page(metrics));
  });
}

}  // namespace esteira::runtime::http
