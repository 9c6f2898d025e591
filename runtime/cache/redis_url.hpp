#pragma once
#include <string>
#include <string_view>

namespace esteira::runtime::cache {

/// REDIS_URL: redis://user:password@host:6379/0. User, password, port and database are optional.
struct RedisUrl {
  std::string host;
  int port = 6379;
  std::string user;
  std::string password;
  std::string database;

  /// Throws ConfigError. Its text never contains the URL, which may hold a password.
  static RedisUrl parse(std::string_view url);
};

}  // namespace esteira::runtime::cache
