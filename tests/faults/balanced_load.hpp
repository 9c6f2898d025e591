#pragma once
#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/faults/balancer.hpp"
#include "tests/faults/history_log.hpp"

namespace esteira::faults {

/// Clients that send each order once, through the balancer, and take any answer but 202 ill.
class BalancedLoad {
 public:
  explicit BalancedLoad(const Balancer& balancer);
  ~BalancedLoad() { stop(); }
  BalancedLoad(const BalancedLoad&) = delete;
  BalancedLoad& operator=(const BalancedLoad&) = delete;

  void stop();
  [[nodiscard]] int accepted() const { return accepted_; }
  /// After `stop`.
  History take_history() { return log_.take(); }
  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  void run(const std::string& client);
  Answer place(BalancedLane& lane, const std::string& key);
  void complain(const std::string& what);

  const Balancer& balancer_;
  HistoryLog log_;
  std::atomic<int> accepted_{0};
  std::mutex mutex_;
  std::vector<std::string> complaints_;
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> threads_;
};

}  // namespace esteira::faults
