#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "bench/load/client.hpp"

namespace esteira::bench {

/// Keeps `connections` requests under way: whenever an answer comes, the next one is sent. `make` gives request number
/// n (from 0), nothing when there shall be no more. Returns when all are answered; times count from the sending.
void run_closed_loop(std::uint16_t port, std::size_t connections,
                     const std::function<std::optional<std::string>(std::size_t number)>& make,
                     const Client::OnAnswer& on_answer);

/// Sends each request when it is due, whatever became of those before it; times count from when it was due, so that a
/// slow server does not hide behind a driver that waits for it.
class OpenLoop {
 public:
  using Make = std::function<std::string(std::uint64_t tag)>;

  /// When all of `max_connections` are busy, a request waits, and its time runs. `on_answer` may schedule more.
  OpenLoop(std::uint16_t port, std::size_t max_connections, Make make, Client::OnAnswer on_answer);

  void schedule(Client::Clock::time_point due, std::uint64_t tag) { agenda_.push({due, tag}); }
  /// Returns when everything scheduled is answered.
  void run();
  [[nodiscard]] std::size_t connections() const { return client_.connections(); }

 private:
  struct Entry {
    Client::Clock::time_point due;
    std::uint64_t tag = 0;
    friend bool operator>(const Entry& a, const Entry& b) { return a.due > b.due; }
  };
  void send_due();

  const Make make_;
  Client client_;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> agenda_;
};

}  // namespace esteira::bench
