#pragma once
#include <functional>
#include <string>

#include "runtime/http/router.hpp"
#include "runtime/lifecycle/readiness.hpp"
#include "runtime/metrics/metrics.hpp"

namespace esteira::runtime::http {

/// Adds GET /healthz, /readyz and /metrics. `/healthz` responds with 200, or with 503 when `liveness` returns a text:
/// what is wrong with the process itself, never with a server that it uses. `/readyz` responds with 200, or with 503
/// and the list of unmet conditions. `/metrics` also counts dropped log lines. `metrics` and `readiness` must outlive
/// the router.
void add_admin_routes(Router& router, Metrics& metrics, const Readiness& readiness,
                      std::function<std::string()> liveness = {});

/// Whether a request is for one of these paths.
bool is_admin_request(const Request& request);

}  // namespace esteira::runtime::http
