#pragma once
#include <array>
#include <atomic>
#include <map>
#include <string>
#include <vector>

#include "tests/support/programs.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/tcp_proxy.hpp"

namespace esteira::faults {

/// Two replicas of the API and of each host, on servers of their own. The first replicas and the second ones reach
/// PostgreSQL and RabbitMQ over a network each. One thread at a time, but for `door`.
class Fleet {
 public:
  using Settings = test::Programs::Settings;
  struct Network {
    test::TcpProxy database;
    test::TcpProxy broker;
  };

  /// Starts everything and waits until it is ready. `name` is the servers'; `settings` as in Programs.
  explicit Fleet(const std::string& name, const Settings& settings = {});
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  static const std::vector<std::string>& programs();  ///< "api", "api-2", "process", ...
  static const std::vector<std::string>& apis();

  /// Where a program listens; 0 while it does not run. Thread-safe.
  [[nodiscard]] std::uint16_t door(const std::string& name) const { return doors_.at(name); }

  void kill(const std::string& name);     ///< SIGKILL, and started anew
  void restart(const std::string& name);  ///< SIGTERM, and started anew once it has ended; that it ends well is checked
  void await_ready();
  test::Process& program(const std::string& name) { return programs_.at(name); }
  void await_ready(const std::string& name) { programs_.await_ready(name); }

  /// Starts anew what has ended by itself.
  void tend();
  /// What programs did that they never should: one ended by itself, or not well when told to. A line each.
  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }

  test::Servers& servers() { return servers_; }
  Network& network(int index) { return networks_.at(static_cast<std::size_t>(index)); }
  /// The exit code of `esteira ARGUMENT...` and what it wrote.
  std::pair<int, std::string> run_cli(const std::vector<std::string>& arguments);
  std::map<std::string, int> queues();  ///< and their messages, ready or in a host's hands

 private:
  Settings common_settings(const Settings& more);
  void launch(const std::string& name);
  void keep_log(const std::string& name);

  test::Servers servers_;
  std::array<Network, 2> networks_;
  test::Programs programs_;
  std::map<std::string, std::atomic<std::uint16_t>> doors_;
  std::vector<std::string> complaints_;
};

}  // namespace esteira::faults
