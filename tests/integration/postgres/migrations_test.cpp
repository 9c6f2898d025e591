#include "runtime/postgres/migrations.hpp"

#include <catch2/catch.hpp>
#include <future>

#include "runtime/config/config.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/test_database.hpp"

namespace {

using Catch::Contains;
using esteira::runtime::ConfigError;
using esteira::runtime::postgres::migrate;
using esteira::runtime::postgres::Migration;
using esteira::runtime::postgres::missing_schema;
using esteira::runtime::postgres::Session;
using esteira::test::TestDatabase;

const std::vector<Migration> two_migrations = {{1, "0001_a.sql", "create table a (); create table b ();", "sum-a"},
                                               {2, "0002_b.sql", "insert into b default values", "sum-b"}};

}  // namespace

TEST_CASE("migrations are applied once") {
  TestDatabase database{TestDatabase::Empty{}};
  Session session(database.url(), "test");
  CHECK(migrate(session, two_migrations).size() == 2);
  CHECK(migrate(session, two_migrations).empty());
  CHECK(database.value("select count(*) from b") == "1");
  CHECK(database.value("select name || ' ' || checksum from schema_migrations where version = 2") ==
        "0002_b.sql sum-b");
}

TEST_CASE("several programs that migrate at once apply each migration once") {
  TestDatabase database{TestDatabase::Empty{}};
  std::vector<std::future<std::size_t>> programs;
  programs.reserve(6);
  for (int i = 0; i < 6; ++i) {
    programs.push_back(std::async(std::launch::async, [&database] {
      Session session(database.url(), "test");
      return migrate(session, two_migrations).size();
    }));
  }
  std::size_t applied = 0;
  for (auto& program : programs) applied += program.get();
  CHECK(applied == 2);
  CHECK(database.value("select count(*) from b") == "1");
}

TEST_CASE("a migration that fails leaves nothing of itself and all before it") {
  TestDatabase database{TestDatabase::Empty{}};
  Session session(database.url(), "test");
  auto migrations = two_migrations;
  migrations[1].sql = "create table c (); select 1 / 0;";
  CHECK_THROWS_AS(migrate(session, migrations), pqxx::sql_error);
  CHECK(database.value("select max(version) from schema_migrations") == "1");
  CHECK(database.value("select to_regclass('c') is null") == "t");
}

TEST_CASE("a migration changed after it was applied is refused") {
  TestDatabase database{TestDatabase::Empty{}};
  Session session(database.url(), "test");
  migrate(session, {two_migrations[0]});
  auto migrations = two_migrations;
  migrations[0].checksum = "other";
  CHECK_THROWS_WITH(migrate(session, migrations), Contains("0001_a.sql: changed"));
  CHECK(database.value("select count(*) from schema_migrations") == "1");
}

TEST_CASE("a database newer than the program's migrations is refused") {
  TestDatabase database{TestDatabase::Empty{}};
  Session session(database.url(), "test");
  migrate(session, two_migrations);
  CHECK_THROWS_AS(migrate(session, {two_migrations[0]}), ConfigError);
}

TEST_CASE("a missing schema is told with the remedy") {
  TestDatabase database{TestDatabase::Empty{}};
  Session session(database.url(), "test");
  CHECK_THAT(missing_schema(session), Contains("run esteira migrate"));
  migrate(session, esteira::runtime::postgres::read_migrations(esteira::test::source_dir() / "sql"));
  CHECK(missing_schema(session).empty());
}
