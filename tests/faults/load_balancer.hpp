#pragma once
#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/faults/deployment.hpp"
#include "tests/support/http_client.hpp"

namespace esteira::faults {

/// Probes /readyz of the API's replicas, as a load balancer does, and lists those that are ready. Thread-safe.
class LoadBalancer {
 public:
  explicit LoadBalancer(const Deployment& deployment);
  ~LoadBalancer();
  LoadBalancer(const LoadBalancer&) = delete;
  LoadBalancer& operator=(const LoadBalancer&) = delete;

  /// The ports of the ready replicas.
  [[nodiscard]] std::vector<std::uint16_t> ready() const;

 private:
  void run();

  const Deployment& deployment_;
  mutable std::mutex mutex_;
  std::vector<std::uint16_t> ready_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

/// One client's keep-alive connections, one to each replica. One thread.
class BalancedClient {
 public:
  explicit BalancedClient(const LoadBalancer& balancer) : balancer_(balancer) {}

  /// Sends to the next ready replica, round robin. Throws when none is ready, or when the response is not complete.
  test::HttpAnswer post(const std::string& key, const std::string& body);

 private:
  const LoadBalancer& balancer_;
  std::map<std::uint16_t, test::RawHttp> connections_;
  std::size_t turn_ = 0;
};

}  // namespace esteira::faults
