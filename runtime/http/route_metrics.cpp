#include "runtime/http/route_metrics.hpp"

#include <algorithm>

namespace esteira::runtime::http {
namespace {

constexpr std::array<std::string_view, 7> kLabelMethods{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

/// These exist at zero from the start: Prometheus sees no increase in a series that begins with its first error.
constexpr std::array kRefusals{500, 503};

std::string method_label(std::string_view method) {
  const bool known = std::find(kLabelMethods.begin(), kLabelMethods.end(), method) != kLabelMethods.end();
  return known ? std::string(method) : "other";
}

prometheus::Counter& requests(Metrics& metrics, const std::string& method, const std::string& route, int code) {
  return metrics.counter("esteira_http_requests_total", "HTTP responses sent.",
                         {{"method", method}, {"route", route}, {"code", std::to_string(code)}});
}

prometheus::Counter& dropped(Metrics& metrics, const std::string& reason) {
  return metrics.counter("esteira_http_connections_dropped_total",
                         "Connections closed or refused because of the limit of connections.", {{"reason", reason}});
}

}  // namespace

RouteMetrics::RouteMetrics(Metrics& metrics, std::string method, std::string route)
    : metrics_(metrics),
      method_(std::move(method)),
      route_(std::move(route)),
      seconds_(metrics.histogram("esteira_http_request_duration_seconds",
                                 "Time from the last byte of a request to its response.", latency_buckets(),
                                 {{"method", method_}, {"route", route_}})) {
  for (const int status : kRefusals) counter(status);
}

void RouteMetrics::count(int status, std::chrono::steady_clock::duration taken) {
  seconds_.Observe(std::chrono::duration<double>(taken).count());
  counter(status).Increment();
}

prometheus::Counter& RouteMetrics::counter(int status) {
  const int code = std::clamp(status, kLowestStatus, kHighestStatus);
  auto& slot = by_status_.at(static_cast<std::size_t>(code - kLowestStatus));
  auto* known = slot.load(std::memory_order_acquire);
  if (known == nullptr) {
    // Two threads may do this at the same time: both get the same counter.
    known = &requests(metrics_, method_, route_, code);
    slot.store(known, std::memory_order_release);
  }
  return *known;
}

RouteMetricsTable::RouteMetricsTable(Metrics& metrics)
    : metrics_(metrics), dropped_idle_(dropped(metrics, "idle")), dropped_refused_(dropped(metrics, "refused")) {}

void RouteMetricsTable::count_dropped(ServerOptions::Dropped dropped) {
  (dropped == ServerOptions::Dropped::idle ? dropped_idle_ : dropped_refused_).Increment();
}

RouteMetrics& RouteMetricsTable::find(std::string_view method, const std::string& route) {
  std::pair label{method_label(method), route};
  const std::lock_guard lock(mutex_);
  auto& found = by_label_[label];
  if (!found) found = std::make_unique<RouteMetrics>(metrics_, label.first, label.second);
  return *found;
}

void RouteMetricsTable::count_rejected(std::string_view method, int status) {
  requests(metrics_, method_label(method), "refused", status).Increment();
}

}  // namespace esteira::runtime::http
