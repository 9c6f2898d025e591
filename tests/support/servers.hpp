#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace esteira::test {

/// Servers of one test alone, which it may kill and freeze: PostgreSQL, RabbitMQ and Redis, run by tools/servers.sh.
/// They keep their ports and their data as long as this object lives. One thread at a time. Throws std::runtime_error
/// with the script's output when an action fails.
class Servers {
 public:
  /// Starts the servers in `which` without data; with "management" RabbitMQ serves its management API, and with "tls"
  /// they all speak TLS as well, with the certificates of tools/certificates.sh. Their files are in
  /// servers_dir()/`name`. Servers that an earlier run left there are stopped first, so tests that may run at the same
  /// time need different names.
  explicit Servers(const std::string& name, std::vector<std::string> which = {"postgres", "rabbitmq", "redis"});
  ~Servers();
  Servers(const Servers&) = delete;
  Servers& operator=(const Servers&) = delete;

  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  [[nodiscard]] std::string database_url() const { return url("DATABASE_URL"); }
  [[nodiscard]] std::string rabbitmq_url() const { return url("RABBITMQ_URL"); }
  [[nodiscard]] std::string management_url() const { return url("RABBITMQ_MANAGEMENT_URL"); }
  [[nodiscard]] std::string redis_url() const { return url("REDIS_URL"); }
  [[nodiscard]] std::string database_tls_url() const { return url("DATABASE_TLS_URL"); }
  [[nodiscard]] std::string rabbitmq_tls_url() const { return url("RABBITMQ_TLS_URL"); }
  [[nodiscard]] std::string redis_tls_url() const { return url("REDIS_TLS_URL"); }
  [[nodiscard]] std::string ca_file() const { return url("TLS_CA_FILE"); }

  void start(const std::string& server);   ///< returns when it accepts connections
  void kill(const std::string& server);    ///< the server and its children, with SIGKILL
  void freeze(const std::string& server);  ///< SIGSTOP for the server and its children; connections stay open
  void thaw(const std::string& server);
  /// Returns the output of `rabbitmqctl --silent` with these arguments.
  std::string rabbitmqctl(const std::vector<std::string>& arguments);

 private:
  [[nodiscard]] std::string url(const std::string& variable) const;

  const std::filesystem::path directory_;
};

}  // namespace esteira::test
