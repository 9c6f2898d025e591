#pragma once
#include <chrono>
#include <string>

#include "runtime/cache/redis_url.hpp"
#include "runtime/config/setting_defaults.hpp"

namespace esteira::api {

struct CacheOptions {
  runtime::cache::RedisUrl url;
  /// When Redis takes longer, PostgreSQL is read.
  std::chrono::milliseconds timeout = runtime::default_duration("ESTEIRA_CACHE_TIMEOUT");
  std::chrono::milliseconds ttl = runtime::default_duration("ESTEIRA_CACHE_TTL");
};

/// A key that no order has, to try out the rights of the Redis user.
constexpr const char* kCacheCheckKey = "esteira:check";

/// The Redis key of an order. The value is the response body of GET /orders/{id}; the number is the version of its
/// format: raise it when a body that is cached would not be shown any more.
/// `owner` is the client that alone may read the order; empty when all clients may. A lookup of another client has
/// another key, and finds nothing.
inline std::string cache_key(const std::string& order_id, const std::string& owner) {
  auto key = "esteira:order:2:" + order_id;
  return owner.empty() ? key : key.append(":").append(owner);
}

}  // namespace esteira::api
