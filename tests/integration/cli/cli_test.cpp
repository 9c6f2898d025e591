#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "tests/support/environment.hpp"
#include "tests/support/process.hpp"
#include "tests/support/test_database.hpp"

namespace {

using Catch::Contains;
using Catch::StartsWith;
using esteira::test::TestDatabase;
using Environment = std::map<std::string, std::string>;

struct Ended {
  int code = -1;
  std::string output;
};

Ended run_cli(const std::vector<std::string>& arguments, const Environment& environment = {}) {
  esteira::test::Process process(ESTEIRA_CLI, arguments, environment);
  const auto code = process.wait();
  return {code.value_or(-1), process.output()};
}

}  // namespace

TEST_CASE("migrate brings an empty database up to date, and says so again") {
  TestDatabase database{TestDatabase::Empty{}};
  const auto first = run_cli({"migrate"}, {{"DATABASE_URL", database.url()}});
  CHECK_THAT(first.output, Contains("applied 0001_orders.sql") && Contains("the schema is at version"));
  CHECK(first.code == 0);
  const auto second =
      run_cli({"migrate", "--dir", (esteira::test::source_dir() / "sql").string()}, {{"DATABASE_URL", database.url()}});
  CHECK_THAT(second.output, StartsWith("the schema is at version"));
  CHECK(second.code == 0);
}

TEST_CASE("migrate without a database ends with one line") {
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

TEST_CASE("migrate names a folder that is not there") {
  const auto ended = run_cli({"migrate", "--dir", "/nowhere"}, {{"DATABASE_URL", "postgresql://127.0.0.1:1/none"}});
  CHECK_THAT(ended.output, Contains("/nowhere"));
  CHECK(ended.code == 1);
}

TEST_CASE("doctor finds a complete environment well") {
  TestDatabase database;
  const auto ended =
      run_cli({"doctor"}, {{"DATABASE_URL", database.url()}, {"RABBITMQ_URL", esteira::test::rabbitmq_url()}});
  CAPTURE(ended.output);
  CHECK(ended.code == 0);
  CHECK_THAT(ended.output, Contains("ok    settings") && Contains("ok    PostgreSQL: 1") && Contains("ok    schema") &&
                               Contains("ok    RabbitMQ") && Contains("ok    Redis: not configured"));
}

TEST_CASE("doctor tells each thing that is wrong and its remedy") {
  TestDatabase database{TestDatabase::Empty{}};
  const auto ended = run_cli({"doctor"}, {{"DATABASE_URL", database.url()},
                                          {"RABBITMQ_URL", "amqp://me:s3cret@127.0.0.1:1/"},
                                          {"REDIS_URL", "redis://:s3cret@127.0.0.1:1"}});
  CHECK(ended.code == 1);
  CHECK_THAT(ended.output, Contains("FAIL  schema") && Contains("esteira migrate") && Contains("FAIL  RabbitMQ") &&
                               Contains("FAIL  Redis: Connection refused") && !Contains("s3cret"));
}

TEST_CASE("doctor without any setting names what is missing") {
  const auto ended = run_cli({"doctor"});
  CHECK(ended.code == 1);
  CHECK_THAT(ended.output, Contains("FAIL  PostgreSQL: not set") && Contains("FAIL  RabbitMQ: not set"));
}

TEST_CASE("help lists the commands and the settings") {
  const auto ended = run_cli({"help"});
  CHECK(ended.code == 0);
  CHECK_THAT(ended.output, Contains("migrate [--dir DIR]") && Contains("doctor") && Contains("DATABASE_URL"));
}

TEST_CASE("a command line that makes no sense ends with 2 and one line") {
  const auto arguments =
      GENERATE(std::vector<std::string>{}, std::vector<std::string>{"frobnicate"},
               std::vector<std::string>{"migrate", "--dir"}, std::vector<std::string>{"doctor", "now"});
  const auto ended = run_cli(arguments);
  CHECK(ended.code == 2);
  CHECK_THAT(ended.output, StartsWith("esteira: "));
  CHECK(std::ranges::count(ended.output, '\n') == 1);
}
