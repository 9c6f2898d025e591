#pragma once
#include <atomic>
#include <thread>
#include <vector>

#include "tests/faults/client.hpp"

namespace esteira::faults {

/// Steady load: some clients, each in a thread.
class Load {
 public:
  Load(const Fleet& fleet, std::uint64_t seed);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  /// Nothing new is placed. Waits until each client has the order in hand accepted, at most `timeout`.
  void stop(std::chrono::seconds timeout);
  /// After `stop`.
  History take_history() { return log_.take(); }

 private:
  HistoryLog log_;
  std::vector<Client> clients_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> giving_up_{false};
  std::atomic<int> running_{0};
  std::vector<std::thread> threads_;
};

}  // namespace esteira::faults
