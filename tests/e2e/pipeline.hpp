#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/broker.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/programs.hpp"
#include "tests/support/tcp_proxy.hpp"
#include "tests/support/test_database.hpp"

namespace esteira::test {

/// The real programs: one esteira-api and one esteira-host for each stage, with their own database and exchange. Each
/// server is behind a proxy, so that a test can cut it off. One thread at a time.
class Pipeline {
 public:
  using Settings = Programs::Settings;

  /// Starts everything and waits until it is ready. `settings` are as in Programs. The programs get the
  /// `database_options` in DATABASE_URL, after the '?'.
  explicit Pipeline(Settings settings = {}, const std::string& database_options = "");
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  /// The names of the programs: "api" and the shipped stages.
  static const std::vector<std::string>& names();

  void launch(const std::string& name, const Settings& more = {}) { programs_.launch(name, more); }
  void await_port(const std::string& name) { programs_.await_port(name); }
  void start(const std::string& name, const Settings& more = {}) { programs_.start(name, more); }
  Process& program(const std::string& name) { return programs_.at(name); }
  [[nodiscard]] std::uint16_t port(const std::string& name) const { return programs_.port(name); }

  HttpAnswer post(const std::string& body, const std::string& key = "");
  /// Places an order of these SKUs and returns its id; throws unless the answer is 202.
  std::string place(const std::vector<std::string>& skus = {"ABC"}, const std::string& key = "");
  nlohmann::json order(const std::string& id);
  /// Whether the order gets that status within 60 s.
  bool reaches(const std::string& id, const std::string& status);
  bool all_reach(const std::vector<std::string>& ids, const std::string& status);

  [[nodiscard]] std::string queue(const std::string& stage) const { return exchange_ + "." + stage; }
  [[nodiscard]] const std::string& exchange() const { return exchange_; }
  TestDatabase& database() { return database_; }
  Broker& broker() { return broker_; }
  TcpProxy& database_proxy() { return database_proxy_; }
  TcpProxy& broker_proxy() { return broker_proxy_; }

 private:
  [[nodiscard]] Settings on_servers(Settings settings, const std::string& database_options) const;

  const std::string exchange_;
  TestDatabase database_;
  Broker broker_;
  TcpProxy database_proxy_;
  TcpProxy broker_proxy_;
  Programs programs_;
};

}  // namespace esteira::test
