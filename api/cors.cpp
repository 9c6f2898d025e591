#include "api/cors.hpp"

#include <algorithm>

namespace esteira::api {

namespace {

constexpr auto kAllowedMethods = "GET, HEAD, POST, OPTIONS";
constexpr auto kAllowedHeaders =
    "Authorization, Content-Type, Idempotency-Key, X-Idempotency-Key, If-None-Match, X-Request-Id, traceparent";
constexpr auto kExposedHeaders = "Location, Link, ETag, X-Request-Id, Idempotency-Replayed, Retry-After";
constexpr auto kPreflightSeconds = "3600";

bool is_orders_path(std::string_view path) { return path == "/orders" || path.starts_with("/orders/"); }

}  // namespace

runtime::http::Headers Cors::headers_for(const runtime::http::Request& request) const {
  if (!enabled() || !is_orders_path(request.path)) return {};
  // Caches must not give the response to one origin to another, nor the one without an origin.
  runtime::http::Headers headers{{"Vary", "Origin"}};
  const auto allowed = allowed_origin(request.header("Origin").value_or(""));
  if (allowed.empty()) return headers;
  headers.emplace_back("Access-Control-Allow-Origin", allowed);
  const bool preflight = request.method == "OPTIONS" && request.header("Access-Control-Request-Method");
  if (preflight) {
    headers.emplace_back("Access-Control-Allow-Methods", kAllowedMethods);
    headers.emplace_back("Access-Control-Allow-Headers", kAllowedHeaders);
    headers.emplace_back("Access-Control-Max-Age", kPreflightSeconds);
  } else {
    headers.emplace_back("Access-Control-Expose-Headers", kExposedHeaders);
  }
  return headers;
}

std::string_view Cors::allowed_origin(std::string_view origin) const {
  if (origin.empty() || origins_.empty()) return {};
  if (origins_.front() == "*") return "*";
  const auto found = std::find(origins_.begin(), origins_.end(), origin);
  return found == origins_.end() ? std::string_view() : std::string_view(*found);
}

}  // namespace esteira::api
