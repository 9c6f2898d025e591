#pragma once
#include <string>
#include <string_view>

namespace esteira::runtime::cache {

/// Where and how to reach Redis: redis://user:password@host:6379/0, user, password, port and database being optional.
struct RedisUrl {
  std::string host;
  int port = 6379;
  std::string user;
  std::string password;
  std::string database;

  /// Throws ConfigError without the URL.
  static RedisUrl parse(std::string_view url);
};

}  // namespace esteira::runtime::cache
