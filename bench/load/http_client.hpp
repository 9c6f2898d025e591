#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/load/connection.hpp"

namespace esteira::bench {

/// Sends requests over keep-alive connections, one request at a time on each, and passes on the responses. One thread.
class HttpClient {
 public:
  using Clock = std::chrono::steady_clock;
  /// May send the next request. `latency` is the time since `RequestInfo::start`.
  using OnResponse = std::function<void(std::uint64_t tag, const Response& response, std::chrono::nanoseconds latency)>;

  /// Connects to 127.0.0.1. Opens a connection when none is idle, up to `max_connections`.
  HttpClient(std::uint16_t port, std::size_t max_connections);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  void on_response(OnResponse on_response) { on_response_ = std::move(on_response); }
  [[nodiscard]] bool can_send() const { return !idle_.empty() || connections_.size() < max_connections_; }
  /// Call it only when `can_send`.
  void send(std::string request, const RequestInfo& request_info);
  [[nodiscard]] std::size_t in_flight() const { return connections_.size() - idle_.size(); }
  [[nodiscard]] std::size_t connections() const { return connections_.size(); }

  /// Waits until `deadline` for the first response, then passes on all responses that have arrived.
  void wait_until(Clock::time_point deadline);

 private:
  const std::uint16_t port_;
  const std::size_t max_connections_;
  const int epoll_;
  OnResponse on_response_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> idle_;
};

}  // namespace esteira::bench
