#pragma once
#include <functional>
#include <string>

#include "runtime/http/router.hpp"
#include "runtime/lifecycle/readiness.hpp"
#include "runtime/metrics/metrics.hpp"

namespace esteira::runtime::http {

/// Adds GET /healthz, /readyz and /metrics. `/healthz` is 200 unless `liveness` returns what is wrong with the process
/// itself (never with a server it talks to); `/readyz` is 200 or 503 with the list of what is missing.
void add_admin_routes(Router& router, const Metrics& metrics, const Readiness& readiness,
                      std::function<std::string()> liveness = {});

}  // namespace esteira::runtime::http
