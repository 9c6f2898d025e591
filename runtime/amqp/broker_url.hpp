#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/config/config.hpp"

namespace esteira::runtime::amqp {

/// RABBITMQ_URL: amqp://user:password@host:port/vhost, or amqps:// for TLS (default port 5671). Several hosts of one
/// cluster are separated by commas: amqp://user:password@a:5672,b:5672/vhost. User, password and vhost may be
/// percent-encoded. Without a vhost it is
/// "/". Options: ?heartbeat=SECONDS (1 to 300) and connection_timeout=MILLISECONDS (1 to 60000), as in
/// https://www.rabbitmq.com/docs/uri-query-parameters
struct BrokerUrl {
  struct Host {
    std::string name;
    std::uint16_t port = 0;
  };
  std::vector<Host> hosts;  ///< at least one
  std::string user = "guest";
  std::string password = "guest";
  std::string vhost = "/";
  bool tls = false;
  std::string ca_file;  ///< RABBITMQ_CA_FILE: the certificates to trust, in PEM; empty: those of the system
  std::optional<std::chrono::seconds> heartbeat;             ///< instead of the program's
  std::optional<std::chrono::milliseconds> connect_timeout;  ///< instead of the program's

  /// Throws ConfigError. Its text never contains the URL, which holds a password.
  static BrokerUrl parse(std::string_view url);
  /// RABBITMQ_URL and RABBITMQ_CA_FILE. Throws ConfigError.
  static BrokerUrl read(const Config& config);
  /// The hosts and the vhost, for logs. Never the user or the password.
  [[nodiscard]] std::string display() const;
};

}  // namespace esteira::runtime::amqp
