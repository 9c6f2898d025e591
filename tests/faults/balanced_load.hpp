#pragma once
#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/faults/history_recorder.hpp"
#include "tests/faults/load_balancer.hpp"

namespace esteira::faults {

/// Clients that send each order once, through the load balancer. Every response but 202 is a failure.
class BalancedLoad {
 public:
  explicit BalancedLoad(const LoadBalancer& balancer);
  ~BalancedLoad() { stop(); }
  BalancedLoad(const BalancedLoad&) = delete;
  BalancedLoad& operator=(const BalancedLoad&) = delete;

  void stop();
  [[nodiscard]] int accepted() const { return accepted_; }
  /// After `stop`.
  History take_history() { return recorder_.take(); }
  [[nodiscard]] const std::vector<std::string>& failures() const { return failures_; }

 private:
  void run(const std::string& name);
  Answer place(BalancedClient& client, const std::string& key);
  void add_failure(const std::string& failure);

  const LoadBalancer& balancer_;
  HistoryRecorder recorder_;
  std::atomic<int> accepted_{0};
  std::mutex mutex_;
  std::vector<std::string> failures_;
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> threads_;
};

}  // namespace esteira::faults
