#include <catch2/catch.hpp>
#include <future>
#include <pqxx/pqxx>

#include "tests/e2e/pipeline.hpp"
#include "tests/e2e/process_metrics.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/test_role.hpp"
#include "tests/support/wait.hpp"

using Catch::Contains;
using esteira::test::count_lines;
using esteira::test::Pipeline;
using esteira::test::Process;
using esteira::test::Programs;
using esteira::test::Servers;
using esteira::test::TestDatabase;
using esteira::test::TestRole;
using esteira::test::wait_until;

namespace {

constexpr std::chrono::seconds kTimeout{60};

bool becomes_unready(const Pipeline& pipeline, const std::string& program, const std::string& reason) {
  return wait_until(
      [&] {
        const auto answer = esteira::test::http_request(pipeline.port(program), "GET", "/readyz");
        return answer.status == 503 && answer.body.find(reason) != std::string::npos;
      },
      kTimeout);
}

/// The exit code of `esteira doctor` and its output.
std::string doctor_of(const std::string& database_url) {
  Process process(esteira::test::build_dir() / "bin" / "esteira", {"doctor"},
                  {{"DATABASE_URL", database_url}, {"RABBITMQ_URL", esteira::test::rabbitmq_url()}});
  const auto code = process.wait();
  return std::to_string(code.value_or(-1)) + '\n' + process.output();
}

/// A server whose commits wait for a standby when a test says so.
class ReplicatedDatabase {
 public:
  ReplicatedDatabase() { esteira::test::migrate_database(url()); }
  [[nodiscard]] std::string url() const { return servers_.database_url(); }
  void wait_for_absent_standby() { execute("alter system set synchronous_standby_names = 'absent'"); }
  void wait_for_no_standby() { execute("alter system reset synchronous_standby_names"); }
  std::string value(const std::string& sql) {
    pqxx::connection connection(url());
    return pqxx::nontransaction(connection).exec1(sql)[0].c_str();
  }

 private:
  void execute(const std::string& sql) {
    pqxx::connection connection(url());
    pqxx::nontransaction work(connection);
    work.exec(sql);
    work.exec("select pg_reload_conf()");
  }
  Servers servers_{"absent-standby", {"postgres"}};
};

/// Real programs whose user has the rights that a test leaves it.
struct Installation {
  std::vector<std::string> place(int count) {
    std::vector<std::string> ids;
    ids.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) ids.push_back(pipeline.place());
    return ids;
  }
  bool is_unready(const std::string& program, const std::string& reason) {
    return becomes_unready(pipeline, program, reason);
  }
  void await_completed(std::size_t count) {
    CHECK(wait_until(
        [&] {
          return database.value("select count(*) from orders where status = 'completed'") == std::to_string(count);
        },
        kTimeout));
    CHECK(database.value("select count(*) from order_events where outcome in ('failed', 'retry')") == "0");
  }
  [[nodiscard]] std::string doctor() const { return doctor_of(role.url()); }

  TestDatabase database;
  TestRole role{database};
  Pipeline pipeline{Pipeline::Settings{{"DATABASE_URL", role.url()}, {"ENRICH_DELAY", "1s"}}};
};

}  // namespace

TEST_CASE_METHOD(Installation, "no order fails while PostgreSQL refuses results, and a grant completes all of them") {
  CHECK_THAT(doctor(), Catch::StartsWith("0\n"));
  const auto ids = place(20);
  REQUIRE(wait_until(
      [&] { return database.value("select count(*) from order_events where stage = 'process'") == "20"; }, kTimeout));
  role.revoke("insert on order_events");
  CHECK(is_unready("enrich", "permission denied for table order_events (SQLSTATE 42501)"));
  CHECK(is_unready("finalize", "permission denied for table order_events (SQLSTATE 42501)"));
  CHECK(is_unready("api", "permission denied for table order_events (SQLSTATE 42501)"));
  CHECK_THAT(doctor(), Catch::StartsWith("1\n") && Contains("FAIL  writing: permission denied"));
  CHECK(count_lines(pipeline.program("enrich").output(), {"commits wait for PostgreSQL"}) == 1);
  CHECK(pipeline.broker().count(pipeline.queue("enrich") + ".dead") == 0);
  role.grant("insert on order_events");
  await_completed(ids.size());
  for (const auto* name : {"api", "enrich", "finalize"}) {
    CAPTURE(name);
    CHECK(wait_until([&] { return esteira::test::http_request(pipeline.port(name), "GET", "/readyz").status == 200; }));
  }
}

TEST_CASE_METHOD(Installation, "no order fails while a type or a function has another name") {
  const auto ids = place(5);
  database.execute("alter type order_entry_kind rename to moved");
  database.execute("alter function order_status_may_become rename to moved");
  CHECK(is_unready("enrich", "esteira migrate"));
  database.execute("alter type moved rename to order_entry_kind");
  database.execute("alter function moved rename to order_status_may_become");
  await_completed(ids.size());
}

TEST_CASE("programs tell that commits wait for a synchronous standby, and go on when they do not") {
  ReplicatedDatabase database;
  Pipeline pipeline(Pipeline::Settings{{"DATABASE_URL", database.url()}, {"ENRICH_DELAY", "1s"}});
  pipeline.place();
  database.wait_for_absent_standby();
  const auto post = [port = pipeline.port("api")] {
    return esteira::test::http_request(port, "POST", "/orders", R"({"customer_id":"1","items":[{"sku":"A","qty":1}]})",
                                       {Programs::authorization(), {"Content-Type", "application/json"}},
                                       std::chrono::minutes(1));
  };
  auto waiting = std::async(std::launch::async, post);
  CHECK(becomes_unready(pipeline, "api", "a synchronous standby"));
  CHECK(becomes_unready(pipeline, "enrich", "a synchronous standby"));
  CHECK(waiting.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
  CHECK(post().status == 503);
  CHECK_THAT(doctor_of(database.url()),
             Catch::StartsWith("1\n") && Contains("FAIL  writing: commits wait for a synchronous standby"));
  CHECK(count_lines(pipeline.program("api").output(), {R"("level":"warn")", "a synchronous standby"}) == 1);
  database.wait_for_no_standby();
  CHECK(waiting.get().status == 202);
  for (const auto& name : Pipeline::names()) {
    CAPTURE(name);
    CHECK(wait_until([&] { return esteira::test::http_request(pipeline.port(name), "GET", "/readyz").status == 200; }));
  }
  CHECK(wait_until([&] { return database.value("select count(*) from orders where status <> 'completed'") == "0"; },
                   kTimeout));
  CHECK(database.value("select count(*) from orders") == "2");
  CHECK(database.value("select count(*) from order_events where outcome in ('failed', 'retry')") == "0");
}
