#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "runtime/cache/redis_url.hpp"
#include "runtime/tls/client_session.hpp"

struct redisContext;

namespace esteira::runtime::cache {

/// Redis cannot be reached, did not answer in time, or returned an error. what() is one line without secrets, with the
/// remedy where one is known.
class RedisError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One connection to Redis. Only one thread at a time may use it. After a RedisError the connection must not be used
/// again: a late reply could be taken for that of another command.
class Redis {
 public:
  /// Connects, with TLS when the URL says so, authenticates, selects the database unless it is 0, and sends PING, which
  /// the user may not be allowed to. Each of these steps may take 500 ms, or `timeout` if that is longer. The time to
  /// resolve the host name is not limited. Later commands wait up to `timeout`. Throws RedisError.
  Redis(const RedisUrl& url, std::chrono::milliseconds timeout);

  /// Returns the value of each key, in the order of `keys`; empty where the key does not exist. One round trip (MGET).
  std::vector<std::optional<std::string>> get(const std::vector<std::string>& keys);
  /// Sets all entries with the expiry `ttl`. One round trip (pipelined SET ... PX).
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
  Reply receive();      ///< throws the error that Redis returned
  Reply receive_any();  ///< the reply may be an error
  void start_tls(const RedisUrl& url);
  void log_in(const RedisUrl& url);
  void ping();
  void* read_reply();
  void* read_reply_by_tls();

  std::unique_ptr<redisContext, Close> context_;
  std::unique_ptr<tls::ClientSession> tls_;  ///< on the socket of `context_`
  std::string unsent_;                       ///< commands, with TLS; without it the library keeps them
};

}  // namespace esteira::runtime::cache
