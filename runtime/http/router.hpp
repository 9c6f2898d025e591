#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/http/server.hpp"
#include "runtime/metrics/metrics.hpp"

namespace esteira::runtime::http {

/// Chooses a handler by method and path, answers 404 and 405 (with Allow) itself, and counts
/// esteira_http_requests_total{method,route,code} and esteira_http_request_duration_seconds{method,route} by route
/// template. HEAD is answered by the GET route without its body; OPTIONS with Allow.
class Router {
 public:
  /// Path parameters, percent-decoded, in the order of the template.
  using Parameters = std::vector<std::string>;
  using Route = std::function<void(Request&& request, const Parameters& parameters, Responder responder)>;

  explicit Router(Metrics& metrics);
  ~Router();

  /// `path` is like "/orders/{id}": a parameter is a whole segment. Before the server starts.
  void add(std::string_view method, std::string_view path, Route route);

  /// The handler for a Server. Thread-safe.
  void operator()(Request&& request, Responder responder) const;

  /// For ServerOptions::on_refusal: counts what never came to a route as the route "refused". The metrics must outlive
  /// it.
  [[nodiscard]] std::function<void(std::string_view method, int status)> refusal_counter() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace esteira::runtime::http
