#pragma once
#include <chrono>
#include <string>

#include "runtime/cache/redis_url.hpp"
#include "runtime/config/setting_defaults.hpp"

namespace esteira::api {

struct CacheOptions {
  runtime::cache::RedisUrl url;
  std::chrono::milliseconds timeout =
      runtime::default_duration("ESTEIRA_CACHE_TIMEOUT");  ///< for an answer of Redis; then the request does without
  std::chrono::milliseconds ttl = runtime::default_duration("ESTEIRA_CACHE_TTL");
};

/// The number is of the form of the value, which is the order as GET /orders/{id} shows it.
inline std::string cache_key(const std::string& order_id) { return "esteira:order:1:" + order_id; }

}  // namespace esteira::api
