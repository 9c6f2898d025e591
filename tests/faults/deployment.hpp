#pragma once
#include <array>
#include <atomic>
#include <map>
#include <string>
#include <vector>

#include "tests/support/mock_provider.hpp"
#include "tests/support/programs.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/tcp_proxy.hpp"

namespace esteira::faults {

/// Two replicas of the API and of each host of both workflows, on their own servers, with a mock provider. The first
/// replicas reach PostgreSQL and RabbitMQ through one pair of proxies, the second replicas through another. One thread
/// at a time, except for `port`.
class Deployment {
 public:
  using Settings = test::Programs::Settings;
  struct Network {
    test::TcpProxy database;
    test::TcpProxy broker;
  };

  /// Starts everything and waits until it is ready. `name` is the name of the servers, `settings` are as in Programs.
  explicit Deployment(const std::string& name, const Settings& settings = {});
  ~Deployment();
  Deployment(const Deployment&) = delete;
  Deployment& operator=(const Deployment&) = delete;

  static const std::vector<std::string>& programs();  ///< "api", "api-2", "process", ...
  static const std::vector<std::string>& apis();

  /// The port that a program listens on; 0 while it does not run. Thread-safe.
  [[nodiscard]] std::uint16_t port(const std::string& name) const { return ports_.at(name); }

  void kill(const std::string& name);     ///< SIGKILL, then starts it again
  void restart(const std::string& name);  ///< SIGTERM, waits for exit code 0, then starts it again
  void await_ready();
  test::Process& program(const std::string& name) { return programs_.at(name); }
  void await_ready(const std::string& name) { programs_.await_ready(name); }

  /// Starts programs again that have ended by themselves.
  void restart_exited();
  /// Programs that ended by themselves, or did not end with 0 after SIGTERM. One line each.
  [[nodiscard]] const std::vector<std::string>& failures() const { return failures_; }

  test::Servers& servers() { return servers_; }
  test::MockProvider& provider() { return provider_; }
  /// The share of the provider's requests that fail, and how.
  static constexpr double kProviderFaults = 0.08;
  static const std::vector<std::string>& provider_fault_kinds();
  Network& network(int index) { return networks_.at(static_cast<std::size_t>(index)); }
  /// Runs `esteira ARGUMENT...` and returns its exit code and its output.
  std::pair<int, std::string> run_cli(const std::vector<std::string>& arguments);
  /// The environment in which `esteira` reaches the servers.
  std::map<std::string, std::string> cli_environment();
  std::map<std::string, int> queues();  ///< messages by queue, ready or unacknowledged

 private:
  Settings common_settings(const Settings& more);
  void launch(const std::string& name);
  void save_log(const std::string& name);

  test::Servers servers_;
  test::MockProvider provider_;
  std::array<Network, 2> networks_;
  test::Programs programs_;
  std::map<std::string, std::atomic<std::uint16_t>> ports_;
  std::vector<std::string> failures_;
};

}  // namespace esteira::faults
