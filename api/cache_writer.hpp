#pragma once
#include <string>
#include <utility>

#include "api/cache_options.hpp"
#include "runtime/cache/redis_worker.hpp"

namespace esteira::api {

/// Puts settled orders into Redis, behind whoever read them. What Redis does not take is not kept: the next reader
/// gives it again. Settled orders never change, so no reader can get an old one, and nothing has to be removed.
class CacheWriter {
 public:
  /// Begins to connect at once.
  explicit CacheWriter(const CacheOptions& options)
      : worker_(
            {.name = "keeping orders", .url = options.url, .timeout = options.timeout},
            [ttl = options.ttl](runtime::cache::Redis& redis, std::vector<Entry>& batch) { redis.set(batch, ttl); },
            [](Entry&& /*not kept*/) {}) {}

  /// Thread-safe, does not wait. `body` as GET /orders/{id} shows it.
  void keep(const std::string& order_id, const std::string& body) { worker_.submit({cache_key(order_id), body}); }
  void stop() { worker_.stop(); }

 private:
  using Entry = std::pair<std::string, std::string>;
  runtime::cache::RedisWorker<Entry> worker_;
};

}  // namespace esteira::api
