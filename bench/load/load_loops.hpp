#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "bench/load/http_client.hpp"

namespace esteira::bench {

/// Keeps `connections` requests in flight: each response causes the next request. `make` returns request number n (from
/// 0), or nothing at the end. Returns when all requests have a response. Latency is measured from the sending.
void run_closed_loop(std::uint16_t port, std::size_t connections,
                     const std::function<std::optional<std::string>(std::size_t number)>& make,
                     const HttpClient::OnResponse& on_response);

/// Sends each request when it is due, without waiting for earlier responses. Latency is measured from when the request
/// was due, so a slow server does not slow the load down and look fast.
class OpenLoop {
 public:
  using Make = std::function<std::string(std::uint64_t tag)>;

  /// When all `max_connections` are busy, a request waits, and its latency grows. `on_response` may schedule more.
  OpenLoop(std::uint16_t port, std::size_t max_connections, Make make, HttpClient::OnResponse on_response);

  void schedule(HttpClient::Clock::time_point due, std::uint64_t tag) { scheduled_.push({due, tag}); }
  /// Returns when every scheduled request has a response.
  void run();
  [[nodiscard]] std::size_t connections() const { return client_.connections(); }

 private:
  struct ScheduledRequest {
    HttpClient::Clock::time_point due;
    std::uint64_t tag = 0;
    friend bool operator>(const ScheduledRequest& a, const ScheduledRequest& b) { return a.due > b.due; }
  };
  void send_due();

  const Make make_;
  HttpClient client_;
  std::priority_queue<ScheduledRequest, std::vector<ScheduledRequest>, std::greater<>> scheduled_;
};

}  // namespace esteira::bench
