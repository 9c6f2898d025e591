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

/// Sends requests over keep-alive connections, one request at a time on each, and hands out the answers. One thread.
class Client {
 public:
  using Clock = std::chrono::steady_clock;
  /// May send. `took` is the time since the ticket's `since`.
  using OnAnswer = std::function<void(std::uint64_t tag, const Response& response, std::chrono::nanoseconds took)>;

  /// To 127.0.0.1. Connections are made when none is free, at most `max_connections`.
  Client(std::uint16_t port, std::size_t max_connections);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void on_answer(OnAnswer on_answer) { on_answer_ = std::move(on_answer); }
  [[nodiscard]] bool can_send() const { return !idle_.empty() || connections_.size() < max_connections_; }
  /// Only when it can.
  void send(std::string request, const Ticket& ticket);
  [[nodiscard]] std::size_t in_flight() const { return connections_.size() - idle_.size(); }
  [[nodiscard]] std::size_t connections() const { return connections_.size(); }

  /// Hands out the answers that are there; waits for the first one at most until then.
  void wait_until(Clock::time_point deadline);

 private:
  const std::uint16_t port_;
  const std::size_t max_connections_;
  const int epoll_;
  OnAnswer on_answer_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> idle_;
};

}  // namespace esteira::bench
