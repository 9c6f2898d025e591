#include "bench/load/loops.hpp"

#include <algorithm>
#include <utility>

namespace esteira::bench {
namespace {

constexpr std::chrono::milliseconds kTimeout{100};

}  // namespace

void run_closed_loop(std::uint16_t port, std::size_t connections,
                     const std::function<std::optional<std::string>(std::size_t number)>& make,
                     const Client::OnAnswer& on_answer) {
  Client client(port, connections);
  std::size_t number = 0;
  const auto send_next = [&] {
    if (auto request = make(number)) client.send(std::move(*request), {number++, Client::Clock::now()});
  };
  client.on_answer([&](std::uint64_t tag, const Response& response, std::chrono::nanoseconds took) {
    on_answer(tag, response, took);
    send_next();
  });
  for (std::size_t i = 0; i < connections; ++i) send_next();
  while (client.in_flight() > 0) client.wait_until(Client::Clock::now() + kTimeout);
}

OpenLoop::OpenLoop(std::uint16_t port, std::size_t max_connections, Make make, Client::OnAnswer on_answer)
    : make_(std::move(make)), client_(port, max_connections) {
  client_.on_answer(std::move(on_answer));
}

void OpenLoop::run() {
  while (!agenda_.empty() || client_.in_flight() > 0) {
    send_due();
    auto deadline = Client::Clock::now() + kTimeout;
    if (!agenda_.empty() && client_.can_send()) deadline = std::min(deadline, agenda_.top().due);
    client_.wait_until(deadline);
  }
}

// A few at a time, so that answers do not wait while a crowd is sent.
void OpenLoop::send_due() {
  constexpr int kMax = 64;
  const auto now = Client::Clock::now();
  for (int sent = 0; sent < kMax && !agenda_.empty() && agenda_.top().due <= now && client_.can_send(); ++sent) {
    const auto entry = agenda_.top();
    agenda_.pop();
    client_.send(make_(entry.tag), {entry.tag, entry.due});
  }
}

}  // namespace esteira::bench
