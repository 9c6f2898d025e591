#pragma once
#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/faults/fleet.hpp"
#include "tests/support/http_client.hpp"

namespace esteira::faults {

/// What a load balancer in front of the API's replicas knows: which of them said on /readyz, a moment ago, that they
/// are ready. Thread-safe.
class Balancer {
 public:
  explicit Balancer(const Fleet& fleet);
  ~Balancer();
  Balancer(const Balancer&) = delete;
  Balancer& operator=(const Balancer&) = delete;

  /// Where the ready replicas listen.
  [[nodiscard]] std::vector<std::uint16_t> ready() const;

 private:
  void run();

  const Fleet& fleet_;
  mutable std::mutex mutex_;
  std::vector<std::uint16_t> ready_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

/// One client's connections through the balancer: kept open, and taken up again for requests to the same replica.
class BalancedLane {
 public:
  explicit BalancedLane(const Balancer& balancer) : balancer_(balancer) {}

  /// Sends to the next of the ready replicas. Throws when there is none, or no whole answer comes from it.
  test::HttpAnswer post(const std::string& key, const std::string& body);

 private:
  const Balancer& balancer_;
  std::map<std::uint16_t, test::RawHttp> connections_;
  std::size_t turn_ = 0;
};

}  // namespace esteira::faults
