#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "api/api.hpp"
#include "tests/support/broker.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/tcp_proxy.hpp"
#include "tests/support/test_database.hpp"

namespace esteira::test {

/// A whole API in this process, with proxies in front of PostgreSQL and RabbitMQ, and a database, an exchange and a
/// queue of its own.
class ApiFixture {
 public:
  using Settings = std::map<std::string, std::string, std::less<>>;

  /// Starts the API; `more` takes precedence over the settings of the fixture.
  explicit ApiFixture(const Settings& more = {});
  ~ApiFixture();
  ApiFixture(const ApiFixture&) = delete;
  ApiFixture& operator=(const ApiFixture&) = delete;

  static const std::string& small_order();
  /// The order id in a response. Throws when there is none.
  static std::string order_id(const HttpAnswer& answer);

  [[nodiscard]] HttpAnswer post(const std::string& body, std::map<std::string, std::string> headers = {}) const;
  [[nodiscard]] HttpAnswer get(const std::string& path, std::map<std::string, std::string> headers = {}) const;
  /// The value of the first metric line with this start. -1 when there is none.
  [[nodiscard]] double metric(const std::string& line_start) const;
  [[nodiscard]] bool becomes_ready() const;

  /// The settings, to start another API with them.
  [[nodiscard]] const std::map<std::string, std::string>& environment() const { return environment_; }
  [[nodiscard]] const std::string& exchange() const { return exchange_; }
  [[nodiscard]] const std::string& queue() const { return queue_; }

  TestDatabase database;
  TcpProxy database_proxy;
  TcpProxy broker_proxy;
  Broker broker;
  std::unique_ptr<api::Api> api;

 private:
  std::string exchange_;
  std::string queue_;
  std::map<std::string, std::string> environment_;
};

}  // namespace esteira::test
