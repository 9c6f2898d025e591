#pragma once
#include <string>
#include <utility>

#include "api/cache_options.hpp"
#include "runtime/cache/redis_lane.hpp"

namespace esteira::api {

/// Puts settled orders into Redis, behind whoever read them. What Redis does not take is not kept: the next reader
/// gives it again. Settled orders never change, so no reader can get an old one, and nothing has to be removed.
class CacheWriter {
 public:
  /// Begins to connect at once.
  explicit CacheWriter(const CacheOptions& options)
      : lane_(
            {.name = "keeping orders", .url = options.url, .patience = options.patience},
            [ttl = options.ttl](runtime::cache::Redis& redis, std::vector<Entry>& batch) { redis.set(batch, ttl); },
            [](Entry&& /*not kept*/) {}) {}

  /// Thread-safe, does not wait. `body` as GET /orders/{id} shows it.
  void keep(const std::string& order_id, const std::string& body) { lane_.submit({cache_key(order_id), body}); }
  void stop() { lane_.stop(); }

 private:
  using Entry = std::pair<std::string, std::string>;
  runtime::cache::RedisLane<Entry> lane_;
};

}  // namespace esteira::api
