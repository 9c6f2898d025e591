#pragma once
#include <string>
#include <string_view>

#include "runtime/config/config.hpp"

namespace esteira::runtime::cache {

/// REDIS_URL: redis://user:password@host:6379/0, or rediss:// for TLS. User, password, port and database are optional.
/// The database may also be given as the option ?db=0, as in https://www.iana.org/assignments/uri-schemes/prov/redis
struct RedisUrl {
  std::string host;
  int port = 6379;
  std::string user;
  std::string password;
  int database = 0;
  bool tls = false;
  std::string ca_file;  ///< REDIS_CA_FILE: the certificates to trust, in PEM; empty: those of the system

  /// Throws ConfigError. Its text never contains the URL, which may hold a password.
  static RedisUrl parse(std::string_view url);
  /// REDIS_URL and REDIS_CA_FILE. Throws ConfigError.
  static RedisUrl read(const Config& config);
};

}  // namespace esteira::runtime::cache
