#include <signal.h>

#include <catch2/catch.hpp>
#include <memory>
#include <pqxx/pqxx>

#include "tests/e2e/pipeline.hpp"
#include "tests/e2e/process_metrics.hpp"
#include "tests/support/server_url.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/wait.hpp"

using esteira::test::count_lines;
using esteira::test::memory_mb;
using esteira::test::Pipeline;
using esteira::test::Servers;
using esteira::test::TcpProxy;
using esteira::test::wait_until;
using std::chrono::seconds;

namespace {

constexpr seconds kConnectionsTimeout{60};
/// Growth allowed over 500 failed requests. A leak of connection buffers would take more.
constexpr double kMaxGrowthMb = 6;

/// A migrated PostgreSQL server of this test alone, behind a proxy, whose connections the test can use up.
class SmallDatabase {
 public:
  SmallDatabase()
      : servers_("limits-connections", {"postgres"}),
        proxy_(esteira::test::proxy_to(servers_.database_url())),
        observer_(migrated(servers_.database_url())) {}

  [[nodiscard]] std::string url() const { return esteira::test::through(servers_.database_url(), proxy_.port()); }

  /// Cuts the connections of the programs and opens new ones until PostgreSQL has none left.
  void take_all_connections() {
    proxy_.cut();
    REQUIRE(wait_until([this] { return count("pg_stat_activity where application_name like 'esteira-%'") == 0; }));
    try {
      for (;;) taken_.push_back(std::make_unique<pqxx::connection>(servers_.database_url()));
    } catch (const pqxx::broken_connection&) {
      proxy_.restore();
    }
  }
  void release_connections() { taken_.clear(); }
  std::size_t count(const std::string& what) {
    return pqxx::nontransaction(observer_).exec1("select count(*) from " + what)[0].as<std::size_t>();
  }

 private:
  static std::string migrated(const std::string& url) {
    esteira::test::migrate_database(url);
    return url;
  }

  Servers servers_;
  TcpProxy proxy_;
  pqxx::connection observer_;
  std::vector<std::unique_ptr<pqxx::connection>> taken_;
};

void check_503_with_retry_after(Pipeline& pipeline) {
  const auto answer = pipeline.post(R"({"customer_id":"1","items":[{"sku":"A","qty":1}]})");
  CHECK(answer.status == 503);
  CHECK(answer.headers.count("retry-after") == 1);
}

bool logs_once(Pipeline& pipeline, const std::string& name, std::string_view message) {
  const auto is_logged = [&] {
    return count_lines(pipeline.program(name).output(), {message, "too many clients"}) == 1;
  };
  return wait_until(is_logged, kConnectionsTimeout);
}

/// Each connection may log each reason once; that is far less than one line for each of the 550 requests.
constexpr std::size_t kMaxWarnings = 30;

}  // namespace

TEST_CASE("with PostgreSQL out of connections the API answers 503, and work resumes when a connection is free") {
  SmallDatabase database;
  Pipeline pipeline(
      Pipeline::Settings{{"DATABASE_URL", database.url()}, {"ESTEIRA_WRITERS", "1"}, {"ENRICH_DELAY", "3s"}});
  for (int i = 0; i < 20; ++i) pipeline.place();
  REQUIRE(
      wait_until([&] { return database.count("order_events where stage = 'process'") == 20; }, kConnectionsTimeout));
  database.take_all_connections();

  for (int i = 0; i < 50; ++i) check_503_with_retry_after(pipeline);
  const auto before = memory_mb(pipeline.program("api").pid());
  for (int i = 0; i < 500; ++i) check_503_with_retry_after(pipeline);
  CHECK(memory_mb(pipeline.program("api").pid()) < before + kMaxGrowthMb);
  CHECK(logs_once(pipeline, "api", "orders cannot be stored"));
  CHECK(logs_once(pipeline, "enrich", "commits wait for PostgreSQL"));
  pipeline.launch("finalize");
  CHECK(logs_once(pipeline, "finalize", "waiting for the database"));
  CHECK(count_lines(pipeline.program("api").output(), {R"("level":"warn")"}) < kMaxWarnings);
  CHECK(count_lines(pipeline.program("enrich").output(), {R"("level":"warn")"}) < kMaxWarnings);

  database.release_connections();
  CHECK(wait_until([&] { return database.count("orders where status = 'completed'") == 20; }, kConnectionsTimeout));
  CHECK(database.count("order_events where outcome <> 'accepted'") == 60);
  // The API connects again by itself, with backoff; the hosts may have been faster.
  CHECK(
      wait_until([&] { return pipeline.post(R"({"customer_id":"1","items":[{"sku":"A","qty":1}]})").status == 202; }));
}
