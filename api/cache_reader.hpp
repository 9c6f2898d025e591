#pragma once
#include <functional>

#include "api/cache_options.hpp"
#include "api/order_reader.hpp"
#include "runtime/cache/redis_worker.hpp"
#include "runtime/metrics/metrics.hpp"

namespace esteira::api {

/// Responds to lookups of terminal orders from Redis. Passes the others to `on_miss`, all of them at once when Redis is
/// unavailable or slow.
class CacheReader {
 public:
  using OnMiss = std::function<void(OrderReader::Lookup&&)>;

  /// Starts to connect. `on_miss` is called from any thread.
  CacheReader(const CacheOptions& options, OnMiss on_miss, runtime::Metrics& metrics);

  /// Thread-safe. Does not block.
  void submit(OrderReader::Lookup lookup) { worker_.submit(std::move(lookup)); }
  /// Processes the queued lookups and joins the thread.
  void stop() { worker_.stop(); }

 private:
  void look_up(runtime::cache::Redis& redis, std::vector<OrderReader::Lookup>& batch);

  OnMiss on_miss_;
  prometheus::Counter& hits_;
  prometheus::Counter& misses_;
  prometheus::Counter& bypassed_;
  runtime::cache::RedisWorker<OrderReader::Lookup> worker_;
};

}  // namespace esteira::api
