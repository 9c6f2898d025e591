#include <catch2/catch.hpp>
#include <csignal>
#include <nlohmann/json.hpp>
#include <pqxx/pqxx>
#include <sstream>

#include "tests/integration/api/api_fixture.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/process.hpp"
#include "tests/support/programs.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/wait.hpp"

using esteira::test::ApiFixture;
using esteira::test::Process;

namespace {

std::string api_program() { return (esteira::test::build_dir() / "bin" / "esteira-api").string(); }

}  // namespace

TEST_CASE("esteira-api prints its settings and its version") {
  Process help(api_program(), {"--help"}, {});
  CHECK(help.wait() == 0);
  CHECK_THAT(help.output(), Catch::Contains("ESTEIRA_LISTEN") && Catch::Contains("SECRET_TOKEN"));
  Process version(api_program(), {"--version"}, {});
  CHECK(version.wait() == 0);
  CHECK_THAT(version.output(), Catch::StartsWith("esteira-api "));
  Process wrong(api_program(), {"--wrong"}, {});
  CHECK(wrong.wait() == 2);
}

TEST_CASE("an invalid setting stops the start with one line that does not repeat the value") {
  Process process(api_program(), {},
                  {{"DATABASE_URL", "postgresql://u:hush@localhost/x"},
                   {"RABBITMQ_URL", "http://u:hush@localhost"},
                   {"SECRET_TOKEN", "hush"}});
  CHECK(process.wait() == 1);
  const auto output = process.output();
  CHECK(std::count(output.begin(), output.end(), '\n') == 1);
  CHECK_THAT(output, Catch::Contains("RABBITMQ_URL") && !Catch::Contains("hush"));
}

TEST_CASE("esteira-api serves until SIGTERM and exits with 0") {
  ApiFixture fixture;
  auto environment = fixture.environment();
  environment["ESTEIRA_LOG_LEVEL"] = "info";
  Process process(api_program(), {}, environment);
  REQUIRE(esteira::test::wait_until([&] { return process.output().find("\"listening\"") != std::string::npos; }));
  process.signal(SIGTERM);
  CHECK(process.wait() == 0);
  CHECK_THAT(process.output(), Catch::Contains("\"stopped\""));
}

TEST_CASE("esteira-api keeps serving during the drain delay while /readyz gives 503") {
  ApiFixture fixture;
  auto environment = fixture.environment();
  environment["ESTEIRA_LOG_LEVEL"] = "info";
  environment["ESTEIRA_DRAIN_DELAY"] = "3s";
  esteira::test::Programs programs(environment);
  programs.start("api");
  const auto port = programs.port("api");
  programs.at("api").signal(SIGTERM);
  CHECK(esteira::test::wait_until([&] { return esteira::test::http_request(port, "GET", "/readyz").status == 503; }));
  const auto answer =
      esteira::test::http_request(port, "POST", "/orders", ApiFixture::small_order(),
                                  {{"Authorization", "Bearer token"}, {"Content-Type", "application/json"}});
  CHECK(answer.status == 202);
  CHECK(programs.at("api").wait() == 0);
}

TEST_CASE("a warning of PostgreSQL while a program connects is a log line") {
  ApiFixture fixture;
  auto environment = fixture.environment();
  environment["ESTEIRA_LOG_LEVEL"] = "info";
  // PostgreSQL warns of it at each connection, before libpq knows who takes its notices.
  fixture.database.execute("update pg_database set datcollversion = 'gone' where datname = current_database()");
  Process process(api_program(), {}, environment);
  CHECK(esteira::test::wait_until([&] {
    const auto output = process.output();
    return output.find("\"listening\"") != std::string::npos && output.find("WARNING:  database") != std::string::npos;
  }));
  process.signal(SIGTERM);
  CHECK(process.wait() == 0);
  std::istringstream lines(process.output());
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    CHECK(nlohmann::json::accept(line));
  }
}

TEST_CASE("a crash of PostgreSQL leaves only JSON lines on stderr") {
  ApiFixture fixture;
  esteira::test::Servers servers("crashing-postgres", {"postgres"});
  auto environment = fixture.environment();
  environment["DATABASE_URL"] = servers.database_url();
  environment["ESTEIRA_LOG_LEVEL"] = "info";
  esteira::test::migrate_database(servers.database_url());
  esteira::test::Programs programs(environment);
  programs.start("api");
  const auto id = "/orders/01a223e2-056a-76a4-ae61-109cf5345cc0";
  CHECK(esteira::test::http_request(programs.port("api"), "GET", id, "", {{"Authorization", "Bearer token"}}).status ==
        404);
  {
    pqxx::connection connection(servers.database_url());
    const auto row =
        pqxx::nontransaction(connection)
            .exec1("select pid from pg_stat_activity where application_name = 'esteira-api reader' limit 1");
    // The server treats the death of one of its processes as a crash and ends all connections.
    REQUIRE(::kill(row[0].as<pid_t>(), SIGKILL) == 0);
  }
  REQUIRE(esteira::test::wait_until([&] {
    return programs.at("api").output().find("terminating connection because of crash") != std::string::npos;
  }));
  programs.at("api").signal(SIGTERM);
  CHECK(programs.at("api").wait() == 0);
  std::istringstream lines(programs.at("api").output());
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    CHECK(nlohmann::json::accept(line));
  }
}
