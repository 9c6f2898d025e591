#include <signal.h>

#include <catch2/catch.hpp>
#include <memory>
#include <pqxx/pqxx>

#include "tests/e2e/gauges.hpp"
#include "tests/e2e/pipeline.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/server_url.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/wait.hpp"

using esteira::test::count_lines;
using esteira::test::memory_mb;
using esteira::test::Pipeline;
using esteira::test::Process;
using esteira::test::Servers;
using esteira::test::TcpProxy;
using esteira::test::wait_until;
using std::chrono::seconds;

namespace {

constexpr seconds kEndOfPatience{60};
/// A failed try that left a connection's buffers behind would take more than this in the tries made here.
constexpr double kRoomMb = 6;

/// A private PostgreSQL with the schema, behind a proxy, and everything it can be asked by a test that hogs it.
class SmallDatabase {
 public:
  SmallDatabase()
      : servers_("limits-connections", {"postgres"}),
        proxy_(esteira::test::proxy_to(servers_.database_url())),
        watcher_(migrated(servers_.database_url())) {}

  [[nodiscard]] std::string url() const { return esteira::test::through(servers_.database_url(), proxy_.port()); }

  /// Every connection of the programs is cut and every one that PostgreSQL gives is taken.
  void hog() {
    proxy_.cut();
    REQUIRE(wait_until([this] { return count("pg_stat_activity where application_name like 'esteira-%'") == 0; }));
    try {
      for (;;) hogs_.push_back(std::make_unique<pqxx::connection>(servers_.database_url()));
    } catch (const pqxx::broken_connection&) {
      proxy_.restore();
    }
  }
  void release() { hogs_.clear(); }
  std::size_t count(const std::string& what) {
    return pqxx::nontransaction(watcher_).exec1("select count(*) from " + what)[0].as<std::size_t>();
  }

 private:
  static std::string migrated(const std::string& url) {
    Process migration(esteira::test::build_dir() / "bin" / "esteira", {"migrate"}, {{"DATABASE_URL", url}});
    if (migration.wait() != 0) throw std::runtime_error(migration.output());
    return url;
  }

  Servers servers_;
  TcpProxy proxy_;
  pqxx::connection watcher_;
  std::vector<std::unique_ptr<pqxx::connection>> hogs_;
};

void check_refused_politely(Pipeline& pipeline) {
  const auto answer = pipeline.post(R"({"customer_id":"1","items":[{"sku":"A","qty":1}]})");
  CHECK(answer.status == 503);
  CHECK(answer.headers.count("retry-after") == 1);
}

bool tells(Pipeline& pipeline, const std::string& name, std::string_view what) {
  const auto is_told = [&] { return count_lines(pipeline.program(name).output(), {what, "too many clients"}) == 1; };
  return wait_until(is_told, kEndOfPatience);
}

}  // namespace

TEST_CASE("with PostgreSQL out of connections the API answers 503, and work resumes when a connection is free") {
  SmallDatabase database;
  Pipeline pipeline(
      Pipeline::Settings{{"DATABASE_URL", database.url()}, {"ESTEIRA_WRITERS", "1"}, {"ENRICH_DELAY", "3s"}});
  for (int i = 0; i < 20; ++i) pipeline.place();
  REQUIRE(wait_until([&] { return database.count("order_events where stage = 'process'") == 20; }, kEndOfPatience));
  database.hog();

  for (int i = 0; i < 50; ++i) check_refused_politely(pipeline);
  const auto before = memory_mb(pipeline.program("api").pid());
  for (int i = 0; i < 500; ++i) check_refused_politely(pipeline);
  CHECK(memory_mb(pipeline.program("api").pid()) < before + kRoomMb);
  CHECK(tells(pipeline, "api", "orders cannot be stored"));
  CHECK(tells(pipeline, "enrich", "commits wait for PostgreSQL"));
  pipeline.launch("finalize");
  CHECK(tells(pipeline, "finalize", "waiting for the database"));
  CHECK(count_lines(pipeline.program("api").output(), {R"("level":"warn")"}) < 10);
  CHECK(count_lines(pipeline.program("enrich").output(), {R"("level":"warn")"}) < 10);

  database.release();
  CHECK(wait_until([&] { return database.count("orders where status = 'completed'") == 20; }, kEndOfPatience));
  CHECK(database.count("order_events where outcome <> 'accepted'") == 60);
  CHECK(pipeline.post(R"({"customer_id":"1","items":[{"sku":"A","qty":1}]})").status == 202);
}
