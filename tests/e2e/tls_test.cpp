#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "tests/e2e/pipeline.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/server_url.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/wait.hpp"

using esteira::test::Pipeline;
using esteira::test::Process;
using esteira::test::proxy_to;
using esteira::test::Servers;
using esteira::test::TcpProxy;
using esteira::test::through;
using esteira::test::wait_until;
using std::chrono::seconds;

namespace {

constexpr std::size_t kOrders = 200;

/// Its PostgreSQL becomes the one of the test's database, in place of the shared one.
class OwnServers : public Servers {
 public:
  OwnServers() : Servers("tls_e2e", {"postgres", "rabbitmq", "redis", "tls", "management"}) {
    ::setenv("ESTEIRA_TEST_DATABASE_URL", database_url().c_str(), 1);
  }
};

/// The whole system over TLS. The proxies to RabbitMQ and Redis record what they see.
struct TlsPipeline {
  TlsPipeline() {
    broker_proxy.record();
    redis_proxy.record();
    pipeline.database_proxy().record();
  }

  [[nodiscard]] std::string database_options() const { return "sslmode=verify-full&sslrootcert=" + servers.ca_file(); }
  [[nodiscard]] Pipeline::Settings settings() const {
    return {{"RABBITMQ_URL", through(servers.rabbitmq_tls_url(), broker_proxy.port())},
            {"RABBITMQ_CA_FILE", servers.ca_file()},
            {"api/REDIS_URL", through(servers.redis_tls_url(), redis_proxy.port())},
            {"api/REDIS_CA_FILE", servers.ca_file()}};
  }
  /// The output of a command that ends with 0.
  std::string cli(const std::vector<std::string>& arguments) {
    auto environment = settings();
    environment["DATABASE_URL"] = pipeline.database().url() + "?" + database_options();
    environment["REDIS_URL"] = servers.redis_tls_url();
    environment["REDIS_CA_FILE"] = servers.ca_file();
    environment["RABBITMQ_MANAGEMENT_URL"] = servers.management_url();
    environment["ESTEIRA_EXCHANGE"] = pipeline.exchange();
    Process process(esteira::test::build_dir() / "bin" / "esteira", arguments, environment);
    const auto code = process.wait(seconds(60));
    INFO(process.output());
    CHECK(code == 0);
    return process.output();
  }

  OwnServers servers;
  TcpProxy broker_proxy{proxy_to(servers.rabbitmq_tls_url())};
  TcpProxy redis_proxy{proxy_to(servers.redis_tls_url())};
  Pipeline pipeline{settings(), database_options()};
};

void check_encrypted(TcpProxy& proxy) {
  for (const auto& bytes : {proxy.recorded_from_clients(), proxy.recorded_from_server()}) {
    CHECK_FALSE(bytes.empty());
    for (const auto* plain : {"customer_id", "SECRET-SKU", "order.created"}) {
      INFO(plain);
      CHECK(bytes.find(plain) == std::string::npos);
    }
  }
}

std::vector<std::string> place_orders(Pipeline& pipeline) {
  std::vector<std::string> ids;
  ids.reserve(kOrders);
  while (ids.size() < kOrders) ids.push_back(pipeline.place({"SECRET-SKU"}));
  return ids;
}

}  // namespace

TEST_CASE("orders complete over TLS to all servers, encrypted, also when RabbitMQ dies under load") {
  TlsPipeline tls;
  auto& pipeline = tls.pipeline;
  const auto first = pipeline.place({"SECRET-SKU"});
  REQUIRE(pipeline.reaches(first, "completed"));
  CHECK(pipeline.order(first).at("status") == "completed");
  CHECK(wait_until([&] {  // the cache was filled by the order's first GET
    pipeline.order(first);
    return !tls.redis_proxy.recorded_from_server().empty();
  }));

  const auto report = tls.cli({"doctor"});
  for (const auto* check : {"ok    RabbitMQ", "ok    policies", "ok    Redis", "ok    PostgreSQL"})
    CHECK_THAT(report, Catch::Contains(check));

  auto ids = place_orders(pipeline);
  tls.servers.kill("rabbitmq");
  const auto more = place_orders(pipeline);
  ids.insert(ids.end(), more.begin(), more.end());
  tls.servers.start("rabbitmq");
  CHECK(pipeline.all_reach(ids, "completed"));

  CHECK_THAT(tls.cli({"audit", "--grace-period", "1s"}), Catch::Contains("clean"));
  CHECK(pipeline.database().value("select count(*) from pg_stat_ssl join pg_stat_activity using (pid) where datname = "
                                  "current_database() and not ssl and pid <> pg_backend_pid()") == "0");
  check_encrypted(tls.broker_proxy);
  check_encrypted(tls.redis_proxy);
  check_encrypted(pipeline.database_proxy());
}
