#pragma once
#include <atomic>
#include <thread>
#include <vector>

#include "tests/faults/retrying_client.hpp"

namespace esteira::faults {

/// Steady load: ten RetryingClients, each on its own thread.
class Load {
 public:
  Load(const Deployment& deployment, std::uint64_t seed);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  /// Stops placing orders. Waits until the current order of each client is accepted, at most `timeout`.
  void stop(std::chrono::seconds timeout);
  /// Places some orders that are not refused, and waits until they are accepted. Call it after `stop`.
  void place_answered();
  /// Call it after `stop`.
  History take_history() { return recorder_.take(); }

 private:
  HistoryRecorder recorder_;
  std::vector<RetryingClient> clients_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> aborting_{false};
  std::atomic<int> running_{0};
  std::vector<std::thread> threads_;
};

}  // namespace esteira::faults
