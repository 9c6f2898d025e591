// esteira-host --check and esteira-api --check. No server is reachable at the addresses of these tests.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <string>

#include "tests/support/environment.hpp"
#include "tests/support/process.hpp"

using Catch::Contains;
using Catch::StartsWith;

namespace {

using Variables = std::map<std::string, std::string>;

struct Report {
  int code = -1;
  std::string text;
};

Report run_program(const std::string& program, const std::vector<std::string>& arguments, Variables variables,
                   const Variables& more) {
  for (const auto& [name, value] : more) variables[name] = value;
  esteira::test::Process process(esteira::test::build_dir() / "bin" / program, arguments, variables);
  const auto code = process.wait();
  return {code.value_or(-1), process.output()};
}

const Variables& servers() {
  static const Variables addresses{{"DATABASE_URL", "postgresql://u:hush@127.0.0.1:1/x"},
                                   {"RABBITMQ_URL", "amqp://u:hush@127.0.0.1:1/x"}};
  return addresses;
}

Report run_host(const std::vector<std::string>& arguments, const Variables& more = {}) {
  auto variables = servers();
  variables["ESTEIRA_PLUGIN"] = "enrich";
  variables["ESTEIRA_ADMIN_LISTEN"] = "127.0.0.1:0";
  return run_program("esteira-host", arguments, variables, more);
}

Report run_api(const std::vector<std::string>& arguments, const Variables& more = {}) {
  auto variables = servers();
  variables["SECRET_TOKEN"] = "hush";
  variables["REDIS_URL"] = "redis://:hush@127.0.0.1:1/0";
  variables["ESTEIRA_LISTEN"] = "127.0.0.1:0";
  return run_program("esteira-api", arguments, variables, more);
}

auto line_count(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

std::string test_plugins() { return (esteira::test::build_dir() / "tests" / "plugins").string(); }

}  // namespace

TEST_CASE("esteira-host --check reports valid settings in one line without any server") {
  const auto report = run_host({"--check"}, {{"ENRICH_DELAY", "1s"}, {"ESTEIRA_STAGE", "enrich"}});
  INFO(report.text);
  CHECK(report.code == 0);
  CHECK(line_count(report.text) == 1);
  CHECK_THAT(report.text, StartsWith("esteira-host: the settings are valid: stage enrich, plugin enrich "));
  CHECK_THAT(report.text, Contains("enrich.so") && Contains("consumes order.enrichment.requested") &&
                              Contains("publishes order.enriched") && !Contains("hush"));
}

TEST_CASE("esteira-api --check reports valid settings in one line without any server") {
  const auto report = run_api({"--check"});
  CHECK(report.code == 0);
  CHECK(report.text == "esteira-api: the settings are valid\n");
}

TEST_CASE("esteira-host --check ends as a start does for a bad setting") {
  const auto [name, bad] = GENERATE(table<std::string, Variables>({
      {"DATABASE_URL", {{"DATABASE_URL", "postgresql://u:hush@localhost/x?sslmode=bogus"}}},
      {"RABBITMQ_URL", {{"RABBITMQ_URL", "http://u:hush@localhost"}}},
      {"RABBITMQ_CA_FILE", {{"RABBITMQ_CA_FILE", "/nowhere/ca.crt"}}},
      {"ESTEIRA_PREFETCH", {{"ESTEIRA_PREFETCH", "0"}}},
      {"ESTEIRA_PREFETCH", {{"ESTEIRA_PREFTCH", "5"}}},
      {"ESTEIRA_PUBLISHES", {{"ESTEIRA_PUBLISHES", "order.enrichment.requested"}}},
      {"ENRICH_DELAY", {{"ENRICH_DELAY", "soon"}}},
      {"ENRICH_DELAY", {{"ENRICH_DELY", "1s"}}},
      {"ENRICH_B2_DELAY", {{"ESTEIRA_STAGE", "enrich-b2"}, {"ENRICH_B2_DELAY", "soon"}}},
      {"nothing-here", {{"ESTEIRA_PLUGIN", "nothing-here"}}},
      {"THROWING_WAREHOUSE", {{"ESTEIRA_PLUGIN", "throws_in_constructor"}, {"ESTEIRA_PLUGIN_DIR", test_plugins()}}},
      {"no warehouse is configured",
       {{"ESTEIRA_PLUGIN", "throws_in_constructor"},
        {"ESTEIRA_PLUGIN_DIR", test_plugins()},
        {"THROWING_WAREHOUSE", "x"}}},
  }));
  const auto checked = run_host({"--check"}, bad);
  INFO(checked.text);
  CHECK(checked.code == 1);
  CHECK(line_count(checked.text) == 1);
  CHECK_THAT(checked.text, Contains(name) && !Contains("hush"));
  const auto started = run_host({}, bad);
  CHECK(started.code == checked.code);
  CHECK(started.text == checked.text);
}

TEST_CASE("esteira-api --check ends as a start does for a bad setting") {
  const auto [name, bad] = GENERATE(table<std::string, Variables>({
      {"DATABASE_URL", {{"DATABASE_URL", "postgresql://u:hush@localhost/x?sslmode=bogus"}}},
      {"RABBITMQ_URL", {{"RABBITMQ_URL", "http://u:hush@localhost"}}},
      {"REDIS_URL", {{"REDIS_URL", "http://u:hush@localhost"}}},
      {"REDIS_CA_FILE", {{"REDIS_CA_FILE", "/nowhere/ca.crt"}}},
      {"SECRET_TOKEN", {{"SECRET_TOKEN", ""}}},
      {"ESTEIRA_CLIENT_TOKENS", {{"ESTEIRA_CLIENT_TOKENS", "shop:hush"}}},
      {"ESTEIRA_LISTEN", {{"ESTEIRA_LISTEN", "here"}}},
      {"ESTEIRA_CORS_ORIGINS", {{"ESTEIRA_CORS_ORIGINS", "shop"}}},
      {"ESTEIRA_LISTEN", {{"ESTEIRA_LISTN", "[::]:8080"}}},
  }));
  const auto checked = run_api({"--check"}, bad);
  INFO(checked.text);
  CHECK(checked.code == 1);
  CHECK(line_count(checked.text) == 1);
  CHECK_THAT(checked.text, Contains(name) && !Contains("hush"));
  const auto started = run_api({}, bad);
  CHECK(started.code == checked.code);
  CHECK(started.text == checked.text);
}

TEST_CASE("esteira-host --check warns of a setting that is named after the plugin of a renamed stage") {
  const auto report = run_host({"--check"}, {{"ESTEIRA_STAGE", "enrich-b2"}, {"ENRICH_DELAY", "1s"}});
  CHECK(report.code == 0);
  CHECK_THAT(report.text, Contains("ENRICH_DELAY") && Contains("the settings are valid: stage enrich-b2"));
}
