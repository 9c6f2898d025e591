#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "runtime/cache/redis_url.hpp"

struct redisContext;

namespace esteira::runtime::cache {

/// Redis is away, too slow, or refuses a command. One line, without secrets.
class RedisError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One connection to Redis, for one thread at a time. Whatever throws RedisError leaves the connection unusable:
/// answers could be mistaken for those of other commands.
class Redis {
 public:
  /// Connects, logs in and waits for a sign of life, at most half a second (or `timeout`, if that is longer) each;
  /// resolving the name may take as long as the resolver does. Later calls wait at most `timeout`. Throws
  /// RedisError.
  Redis(const RedisUrl& url, std::chrono::milliseconds timeout);

  /// The value of each key, where there is one: one round trip (MGET).
  std::vector<std::optional<std::string>> get(const std::vector<std::string>& keys);
  /// Sets them all to expire after `ttl`: one round trip (pipelined SET ... PX).
  void set(const std::vector<std::pair<std::string, std::string>>& entries, std::chrono::milliseconds ttl);

 private:
  struct Close {
    void operator()(redisContext* context) const;
  };
  struct FreeReply {
    void operator()(void* reply) const;
  };
  using Reply = std::unique_ptr<void, FreeReply>;

  void send(const std::vector<std::string>& words);
  Reply receive();

  std::unique_ptr<redisContext, Close> context_;
};

}  // namespace esteira::runtime::cache
