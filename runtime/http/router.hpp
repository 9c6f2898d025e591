#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/http/server.hpp"
#include "runtime/metrics/metrics.hpp"

namespace esteira::runtime::http {

/// Passes each request to the route for its method and path. Responds itself with 404, with 405 and Allow, and to
/// OPTIONS. HEAD is handled by the GET route. Records esteira_http_requests_total{method,route,code} and
/// esteira_http_request_duration_seconds{method,route}, where `route` is the path template.
class Router {
 public:
  /// The percent-decoded path parameters in the order of the template.
  using Parameters = std::vector<std::string>;
  using Route = std::function<void(Request&& request, const Parameters& parameters, Responder responder)>;

  explicit Router(Metrics& metrics);
  ~Router();

  /// `path` is like "/orders/{id}": a parameter is a whole segment. Call it before the server starts.
  void add(std::string_view method, std::string_view path, Route route);

  /// Records requests for `path` that have a parameter `parameter` in their query apart from the others, with the route
  /// "<path>?<parameter>". Call it after `add`, before the server starts.
  void record_apart(std::string_view path, std::string_view parameter);

  /// The handler for a Server. Thread-safe.
  void operator()(Request&& request, Responder responder) const;

  /// For ServerOptions::on_rejected: counts requests that were rejected before they were whole, with the route
  /// "refused". The metrics must outlive the returned function.
  [[nodiscard]] std::function<void(std::string_view method, int status)> rejected_counter() const;

  /// For ServerOptions::on_dropped: counts in esteira_http_connections_dropped_total{reason}. As above.
  [[nodiscard]] std::function<void(ServerOptions::Dropped dropped)> dropped_counter() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace esteira::runtime::http
