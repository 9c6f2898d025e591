#include <algorithm>
#include <catch2/catch.hpp>
#include <iterator>
#include <map>
#include <sstream>

#include "tests/support/environment.hpp"
#include "tests/support/process.hpp"
#include "tests/support/test_database.hpp"
#include "tests/support/test_role.hpp"

namespace {

using Catch::Contains;
using Catch::StartsWith;
using esteira::test::TestDatabase;
using Environment = std::map<std::string, std::string>;

struct Result {
  int code = -1;
  std::string output;
};

Result run_cli(const std::vector<std::string>& arguments, const Environment& environment = {}) {
  esteira::test::Process process(ESTEIRA_CLI, arguments, environment);
  const auto code = process.wait();
  return {code.value_or(-1), process.output()};
}

}  // namespace

TEST_CASE("migrate applies the missing migrations and is idempotent") {
  TestDatabase database{TestDatabase::Empty{}};
  const auto first = run_cli({"migrate"}, {{"DATABASE_URL", database.url()}});
  CHECK_THAT(first.output, Contains("applied 0001_orders.sql") && Contains("the schema is at version"));
  CHECK(first.code == 0);
  const auto second =
      run_cli({"migrate", "--dir", (esteira::test::source_dir() / "sql").string()}, {{"DATABASE_URL", database.url()}});
  CHECK_THAT(second.output, StartsWith("the schema is at version"));
  CHECK(second.code == 0);
}

TEST_CASE("migrate without a database prints one line of error") {
  const auto [name, value, says] = GENERATE(table<std::string, std::string, std::string>({
      {"TZ", "UTC", "DATABASE_URL: not set"},
      {"DATABASE_URL", "nonsense", "DATABASE_URL: expected"},
      {"DATABASE_URL", "postgresql://127.0.0.1:1/none", "Connection refused"},
      {"ESTEIRA_SQL", "x", "ESTEIRA_SQL"},
  }));
  const auto ended = run_cli({"migrate"}, {{name, value}});
  CHECK_THAT(ended.output, StartsWith("esteira: ") && Contains(says));
  CHECK(std::ranges::count(ended.output, '\n') == 1);
  CHECK(ended.code == 1);
}

TEST_CASE("migrate names a directory that does not exist") {
  const auto ended = run_cli({"migrate", "--dir", "/nowhere"}, {{"DATABASE_URL", "postgresql://127.0.0.1:1/none"}});
  CHECK_THAT(ended.output, Contains("/nowhere"));
  CHECK(ended.code == 1);
}

TEST_CASE("doctor reports ok for a complete environment") {
  TestDatabase database;
  const auto ended =
      run_cli({"doctor"}, {{"DATABASE_URL", database.url()}, {"RABBITMQ_URL", esteira::test::rabbitmq_url()}});
  CAPTURE(ended.output);
  CHECK(ended.code == 0);
  CHECK_THAT(ended.output, Contains("ok    settings") && Contains("ok    PostgreSQL: 1") && Contains("ok    schema") &&
                               Contains("ok    RabbitMQ") && Contains("ok    Redis: not configured"));
}

TEST_CASE("doctor prints each failed check with its remedy") {
  TestDatabase database{TestDatabase::Empty{}};
  const auto ended = run_cli({"doctor"}, {{"DATABASE_URL", database.url()},
                                          {"RABBITMQ_URL", "amqp://me:s3cret@127.0.0.1:1/"},
                                          {"REDIS_URL", "redis://:s3cret@127.0.0.1:1"}});
  CHECK(ended.code == 1);
  CHECK_THAT(ended.output, Contains("FAIL  schema") && Contains("esteira migrate") && Contains("FAIL  RabbitMQ") &&
                               Contains("FAIL  Redis: Connection refused") && !Contains("s3cret"));
}

TEST_CASE("doctor names what is wrong with the database") {
  TestDatabase database;
  esteira::test::TestRole role(database);
  role.revoke("insert on order_events");
  const auto ended =
      run_cli({"doctor"}, {{"DATABASE_URL", role.url()}, {"RABBITMQ_URL", esteira::test::rabbitmq_url()}});
  CHECK(ended.code == 1);
  CHECK_THAT(ended.output, Contains("FAIL  rights: the user") && Contains("lacks: insert on order_events") &&
                               Contains("FAIL  writing: permission denied for table order_events"));
}

TEST_CASE("doctor and migrate refuse a database that is not in UTF8 in one line") {
  TestDatabase database{TestDatabase::Empty{}, "template template0 encoding 'LATIN1' locale 'C'"};
  const std::map<std::string, std::string> environment{{"DATABASE_URL", database.url()}};
  CHECK_THAT(run_cli({"doctor"}, environment).output, Contains("FAIL  PostgreSQL: the database") && Contains("LATIN1"));
  const auto ended = run_cli({"migrate"}, environment);
  CHECK(ended.code == 1);
  CHECK_THAT(ended.output, StartsWith("esteira: ") && Contains("LATIN1"));
  CHECK(std::ranges::count(ended.output, '\n') == 1);
}

TEST_CASE("doctor without settings names the missing ones") {
  const auto ended = run_cli({"doctor"});
  CHECK(ended.code == 1);
  CHECK_THAT(ended.output, Contains("FAIL  PostgreSQL: not set") && Contains("FAIL  RabbitMQ: not set"));
}

TEST_CASE("help lists the commands and the settings") {
  const auto arguments = GENERATE(std::vector<std::string>{"help"}, std::vector<std::string>{"--help"});
  const auto ended = run_cli(arguments);
  CHECK(ended.code == 0);
  CHECK_THAT(ended.output, Contains("migrate") && Contains("doctor") && Contains("DATABASE_URL"));
}

TEST_CASE("every command has a help of its own") {
  const auto [command, text] = GENERATE(table<std::string, std::string>({
      {"migrate", "--dir DIRECTORY"},
      {"doctor", "Check the settings"},
      {"claim", "--yes"},
      {"plugin", "inspect"},
      {"stage", "list"},
      {"stage", "forget"},
      {"workflow", "check"},
      {"workflow show", "--dot"},
      {"plugin new", "--async"},
      {"plugin inspect", "PLUGIN"},
      {"plugin try", "--order FILE"},
      {"remote", "check"},
      {"remote check", "--ca-file FILE"},
      {"audit", "--grace-period DURATION=60s"},
      {"dlq", "redrive"},
      {"dlq list", "--older-than DURATION"},
      {"dlq show", "ID"},
      {"dlq redrive", "--canary-timeout DURATION=60s"},
      {"dlq give-up", "--note TEXT"},
      {"dlq purge", "--yes"},
      {"dlq collect", "--stage STAGE"},
      {"prune", "--older-than DURATION"},
      {"completion", "bash"},
      {"version", "Print the version."},
  }));
  std::istringstream words(command);
  std::vector<std::string> arguments{std::istream_iterator<std::string>(words), {}};
  auto help = arguments;
  help.insert(help.begin(), "help");
  arguments.emplace_back("--help");
  const auto ended = run_cli(arguments);
  CHECK(ended.code == 0);
  CHECK_THAT(ended.output, Contains("Usage: esteira " + command) && Contains(text) && !Contains("DATABASE_URL: "));
  CHECK(run_cli(help).output == ended.output);
}

TEST_CASE("a command that consists of commands prints its help when it is typed alone") {
  const auto* group = GENERATE("dlq", "plugin", "stage", "workflow", "completion");
  const auto ended = run_cli({group});
  CHECK(ended.code == 0);
  CHECK(ended.output == run_cli({group, "--help"}).output);
}

TEST_CASE("version is printed") {
  const auto* argument = GENERATE("version", "--version");
  const auto ended = run_cli({argument});
  CHECK(ended.code == 0);
  CHECK_THAT(ended.output, StartsWith("esteira "));
}

TEST_CASE("a usage error prints one line and exits with 2") {
  const auto [arguments, text] = GENERATE(table<std::vector<std::string>, std::string>({
      {std::vector<std::string>{}, "a command is missing"},
      {{"frobnicate"}, "frobnicate"},
      {{"migrate", "--dir"}, "--dir"},
      {{"doctor", "now"}, "now"},
      {{"audit", "--settle", "1s"}, "--grace-period"},
      {{"dlq", "redrive", "--wait", "1s"}, "--canary-timeout"},
      {{"dlq", "list", "--older", "1h"}, "--older-than"},
  }));
  const auto ended = run_cli(arguments);
  CHECK(ended.code == 2);
  CHECK_THAT(ended.output, StartsWith("esteira: ") && Contains(text));
  CHECK(std::ranges::count(ended.output, '\n') == 1);
}
