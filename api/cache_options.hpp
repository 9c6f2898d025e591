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

/// The Redis key of an order. The value is the response body of GET /orders/{id}; the number is the version of its
/// format: raise it when a body that is cached would not be shown any more.
inline std::string cache_key(const std::string& order_id) { return "esteira:order:2:" + order_id; }

}  // namespace esteira::api
