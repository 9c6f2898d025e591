#pragma once
#include <functional>

#include "api/cache_options.hpp"
#include "api/order_fetcher.hpp"
#include "runtime/cache/redis_lane.hpp"
#include "runtime/metrics/metrics.hpp"

namespace esteira::api {

/// Answers lookups of settled orders from Redis and hands on the others, at once when Redis is away or slow.
class CacheReader {
 public:
  using HandOn = std::function<void(OrderFetcher::Lookup&&)>;

  /// Begins to connect at once. `hand_on` is called from any thread.
  CacheReader(const CacheOptions& options, HandOn hand_on, runtime::Metrics& metrics);

  /// Thread-safe, does not wait.
  void submit(OrderFetcher::Lookup lookup) { lane_.submit(std::move(lookup)); }
  /// Serves what waits.
  void stop() { lane_.stop(); }

 private:
  void look_up(runtime::cache::Redis& redis, std::vector<OrderFetcher::Lookup>& batch);

  HandOn hand_on_;
  prometheus::Counter& hits_;
  prometheus::Counter& misses_;
  prometheus::Counter& bypassed_;
  runtime::cache::RedisLane<OrderFetcher::Lookup> lane_;
};

}  // namespace esteira::api
