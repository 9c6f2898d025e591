#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace esteira::test {

/// Servers of one test alone, to be killed and frozen: PostgreSQL, RabbitMQ and Redis as tools/servers.sh runs them, on
/// ports of their own. They keep their ports and their data as long as this object lives. One thread at a time.
/// What cannot be done throws std::runtime_error with the script's words.
class Servers {
 public:
  /// Starts them ("postgres", "rabbitmq", "redis"), fresh. Their files are in servers_dir()/`name`; what an
  /// earlier run left running there is ended first, so two tests that may run at once need two names.
  explicit Servers(const std::string& name, const std::vector<std::string>& which = {"postgres", "rabbitmq", "redis"});
  ~Servers();
  Servers(const Servers&) = delete;
  Servers& operator=(const Servers&) = delete;

  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  [[nodiscard]] std::string database_url() const { return url("DATABASE_URL"); }
  [[nodiscard]] std::string rabbitmq_url() const { return url("RABBITMQ_URL"); }
  [[nodiscard]] std::string redis_url() const { return url("REDIS_URL"); }

  void start(const std::string& server);   ///< returns when it takes connections
  void kill(const std::string& server);    ///< the server and its children, with SIGKILL
  void freeze(const std::string& server);  ///< the server and its children stand still, their connections stay open
  void thaw(const std::string& server);
  /// What `rabbitmqctl --silent` prints for these arguments.
  std::string rabbitmqctl(const std::vector<std::string>& arguments);

 private:
  [[nodiscard]] std::string url(const std::string& variable) const;

  const std::filesystem::path directory_;
};

}  // namespace esteira::test
