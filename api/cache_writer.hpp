#pragma once
#include <string>
#include <utility>

#include "api/cache_options.hpp"
#include "runtime/cache/redis_worker.hpp"

namespace esteira::api {

/// Stores terminal orders in Redis after they were read from PostgreSQL. An order that Redis does not take is stored
/// after its next read. Terminal orders never change, so the cache needs no invalidation.
class CacheWriter {
 public:
  /// Starts to connect.
  explicit CacheWriter(const CacheOptions& options)
      : worker_(
            {.name = "caching orders",
             .url = options.url,
             .timeout = options.timeout,
             .check =
                 [](auto& redis) {
                   redis.set({{kCacheCheckKey, ""}}, std::chrono::milliseconds(1));
                 }},
            [ttl = options.ttl](runtime::cache::Redis& redis, std::vector<Entry>& batch) { redis.set(batch, ttl); },
            [](Entry&& /*not stored*/) {}) {}

  /// `body` is the response body of GET /orders/{id}, `owner` as in cache_key. Thread-safe. Does not block.
  void store(const std::string& order_id, const std::string& owner, const std::string& body) {
    worker_.submit({cache_key(order_id, owner), body});
  }
  void stop() { worker_.stop(); }

 private:
  using Entry = std::pair<std::string, std::string>;
  runtime::cache::RedisWorker<Entry> worker_;
};

}  // namespace esteira::api
