#include "bench/load/load_loops.hpp"

#include <algorithm>
#include <utility>

namespace esteira::bench {
namespace {

constexpr std::chrono::milliseconds kTimeout{100};

}  // namespace

void run_closed_loop(std::uint16_t port, std::size_t connections,
                     const std::function<std::optional<std::string>(std::size_t number)>& make,
                     const HttpClient::OnResponse& on_response) {
  HttpClient client(port, connections);
  std::size_t number = 0;
  const auto send_next = [&] {
    if (auto request = make(number)) client.send(std::move(*request), {number++, HttpClient::Clock::now()});
  };
  client.on_response([&](std::uint64_t tag, const Response& response, std::chrono::nanoseconds latency) {
    on_response(tag, response, latency);
    send_next();
  });
  for (std::size_t i = 0; i < connections; ++i) send_next();
  while (client.in_flight() > 0) client.wait_until(HttpClient::Clock::now() + kTimeout);
}

OpenLoop::OpenLoop(std::uint16_t port, std::size_t max_connections, Make make, HttpClient::OnResponse on_response)
    : make_(std::move(make)), client_(port, max_connections) {
  client_.on_response(std::move(on_response));
}

void OpenLoop::run() {
  while (!scheduled_.empty() || client_.in_flight() > 0) {
    send_due();
    auto deadline = HttpClient::Clock::now() + kTimeout;
    if (!scheduled_.empty() && client_.can_send()) deadline = std::min(deadline, scheduled_.top().due);
    client_.wait_until(deadline);
  }
}

// Sends a limited number at once, so that responses are read in between.
void OpenLoop::send_due() {
  constexpr int kMax = 64;
  const auto now = HttpClient::Clock::now();
  for (int sent = 0; sent < kMax && !scheduled_.empty() && scheduled_.top().due <= now && client_.can_send(); ++sent) {
    const auto entry = scheduled_.top();
    scheduled_.pop();
    client_.send(make_(entry.tag), {entry.tag, entry.due});
  }
}

}  // namespace esteira::bench
