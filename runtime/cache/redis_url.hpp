#pragma once
#include <string>
#include <string_view>

namespace esteira::runtime::cache {

/// REDIS_URL: redis://user:password@host:6379/0. User, password, port and database are optional. The database may also
/// be given as the option ?db=0, as in https://www.iana.org/assignments/uri-schemes/prov/redis
struct RedisUrl {
  std::string host;
  int port = 6379;
  std::string user;
  std::string password;
  int database = 0;

  /// Throws ConfigError. Its text never contains the URL, which may hold a password.
  static RedisUrl parse(std::string_view url);
};

}  // namespace esteira::runtime::cache
