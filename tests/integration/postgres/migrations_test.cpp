#include "runtime/postgres/migrations.hpp"

#include <catch2/catch.hpp>
#include <future>
#include <pqxx/pqxx>
#include <thread>

#include "runtime/config/config.hpp"
#include "runtime/postgres/prerequisites.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/test_database.hpp"
#include "tests/support/test_role.hpp"

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
  CHECK(database.value("select name || ' ' || checksum from esteira_migrations where version = 2") ==
        "0002_b.sql sum-b");
}

TEST_CASE("concurrent programs apply each migration once") {
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

TEST_CASE("a failed migration is rolled back and the migrations before it stay") {
  TestDatabase database{TestDatabase::Empty{}};
  Session session(database.url(), "test");
  auto migrations = two_migrations;
  migrations[1].sql = "create table c (); select 1 / 0;";
  CHECK_THROWS_AS(migrate(session, migrations), pqxx::sql_error);
  CHECK(database.value("select max(version) from esteira_migrations") == "1");
  CHECK(database.value("select to_regclass('c') is null") == "t");
}

TEST_CASE("a migration changed after it was applied is refused") {
  TestDatabase database{TestDatabase::Empty{}};
  Session session(database.url(), "test");
  migrate(session, {two_migrations[0]});
  auto migrations = two_migrations;
  migrations[0].checksum = "other";
  CHECK_THROWS_WITH(migrate(session, migrations), Contains("0001_a.sql: changed"));
  CHECK(database.value("select count(*) from esteira_migrations") == "1");
}

TEST_CASE("a database newer than the program's migrations is refused") {
  TestDatabase database{TestDatabase::Empty{}};
  Session session(database.url(), "test");
  migrate(session, two_migrations);
  CHECK_THROWS_AS(migrate(session, {two_migrations[0]}), ConfigError);
}

TEST_CASE("a migration has no statement timeout and waits only briefly for a lock") {
  TestDatabase database{TestDatabase::Empty{}};
  Session session(database.url(), "test");
  migrate(session, {{1, "0001_a.sql",
                     "create table a as select current_setting('statement_timeout') as statement,"
                     " current_setting('lock_timeout') as lock",
                     "sum-a"}});
  CHECK(database.value("select statement || ' ' || lock from a") == "0 2s");
}

TEST_CASE("a migration that waits for a lock is repeated until it gets it") {
  TestDatabase database{TestDatabase::Empty{}};
  Session session(database.url(), "test");
  migrate(session, {two_migrations[0]});
  auto locking = two_migrations;
  locking[1].sql = "lock table a; create table c ();";
  pqxx::connection connection(database.url());
  pqxx::work other(connection);
  other.exec("select from a");
  auto applied = std::async(std::launch::async, [&] { return migrate(session, locking).size(); });
  std::this_thread::sleep_for(std::chrono::milliseconds(2500));
  other.commit();
  CHECK(applied.get() == 1);
  CHECK(database.value("select to_regclass('c') is not null") == "t");
}

TEST_CASE("all migrations apply to an empty database") {
  TestDatabase database{TestDatabase::Empty{}};
  Session session(database.url(), "test");
  const auto all = esteira::runtime::postgres::read_migrations(esteira::test::source_dir() / "sql");
  CHECK(migrate(session, all).size() == esteira::runtime::postgres::kSchemaVersion);
  CHECK(all.size() == esteira::runtime::postgres::kSchemaVersion);
}

TEST_CASE("an error about a missing schema names the remedy") {
  TestDatabase database{TestDatabase::Empty{}};
  Session session(database.url(), "test");
  CHECK_THAT(missing_schema(session), Contains("run esteira migrate"));
  migrate(session, esteira::runtime::postgres::read_migrations(esteira::test::source_dir() / "sql"));
  CHECK(missing_schema(session).empty());
}

TEST_CASE("another program's schema_migrations is left alone and does not count as the schema") {
  TestDatabase database{TestDatabase::Empty{}};
  database.execute("create table schema_migrations (version bigint primary key)");
  database.execute("insert into schema_migrations values (20261129000000)");
  Session session(database.url(), "test");
  CHECK_THAT(missing_schema(session), Contains("version 0") && Contains("run esteira migrate"));
  migrate(session, esteira::runtime::postgres::read_migrations(esteira::test::source_dir() / "sql"));
  CHECK(missing_schema(session).empty());
  CHECK(database.value("select max(version) from schema_migrations") == "20261129000000");
}

TEST_CASE("the bookkeeping of an earlier version is taken over, and programs of that version still find it") {
  TestDatabase database{TestDatabase::Empty{}};
  Session session(database.url(), "test");
  migrate(session, {two_migrations[0]});
  database.execute("alter table esteira_migrations rename constraint esteira_migrations_pk to schema_migrations_pk");
  database.execute("alter table esteira_migrations rename to schema_migrations");
  CHECK_THAT(missing_schema(session), Contains("version 1"));
  CHECK(migrate(session, two_migrations).size() == 1);
  CHECK(database.value("select string_agg(name, ' ' order by version) from esteira_migrations") ==
        "0001_a.sql 0002_b.sql");
  CHECK(database.value("select max(version) from schema_migrations") == "2");
  CHECK(migrate(session, two_migrations).empty());
}

TEST_CASE("a database that is not in UTF8 is refused in one line") {
  TestDatabase database{TestDatabase::Empty{}, "template template0 encoding 'LATIN1' locale 'C'"};
  Session session(database.url(), "test");
  CHECK_THROWS_WITH(migrate(session, two_migrations), Contains("LATIN1") && Contains("encoding 'UTF8'"));
  CHECK_THAT(missing_schema(session), Contains("LATIN1"));
}

TEST_CASE("a user who may not create tables is told so, and may migrate when nothing is missing") {
  TestDatabase database{TestDatabase::Empty{}};
  esteira::test::TestRole role(database);
  Session session(role.url(), "test");
  CHECK_THROWS_WITH(migrate(session, two_migrations), Contains("may not create tables in the schema public"));
  Session owner(database.url(), "test");
  migrate(owner, {two_migrations[0]});
  role.grant("select on all tables in schema public");
  CHECK(migrate(session, {two_migrations[0]}).empty());
  CHECK_THROWS_WITH(migrate(session, two_migrations), Contains("may not create tables"));
}

TEST_CASE("a name that another program has taken is told") {
  TestDatabase database{TestDatabase::Empty{}};
  database.execute("create table a ()");
  Session session(database.url(), "test");
  CHECK_THROWS_WITH(migrate(session, two_migrations), Contains("\"a\" already exists") && Contains("of its own"));
}

TEST_CASE("missing rights on tables are listed") {
  TestDatabase database;
  esteira::test::TestRole role(database);
  Session session(role.url(), "test");
  const auto missing = [&] {
    std::string text;
    session.read([&](pqxx::transaction_base& work) { text = esteira::runtime::postgres::missing_rights(work); });
    return text;
  };
  CHECK(missing().empty());
  role.revoke("insert on order_events");
  role.revoke("delete on outbox");
  CHECK_THAT(missing(), Contains("lacks: insert on order_events, delete on outbox"));
}

TEST_CASE("a collation that changed under the database is told") {
  TestDatabase database{TestDatabase::Empty{}, "template template0 locale_provider icu icu_locale 'en'"};
  Session session(database.url(), "test");
  const auto changed = [&] {
    std::string text;
    session.read([&](pqxx::transaction_base& work) { text = esteira::runtime::postgres::changed_collation(work); });
    return text;
  };
  CHECK(changed().empty());
  database.execute("update pg_database set datcollversion = '0.1' where datname = current_database()");
  CHECK_THAT(changed(), Contains("made with 0.1") && Contains("refresh collation version"));
}

TEST_CASE("migration 0011 gives existing keys and orders to the client default, and keys of two clients may be equal") {
  constexpr std::size_t kVersionBefore = 10;
  TestDatabase database{TestDatabase::Empty{}};
  Session session(database.url(), "test");
  const auto all = esteira::runtime::postgres::read_migrations(esteira::test::source_dir() / "sql");
  migrate(session, {all.begin(), all.begin() + kVersionBefore});
  const auto insert_key = [&database](const std::string& columns, const std::string& client) {
    database.execute("insert into idempotency_keys (" + columns + "key, order_id, request_hash) values (" + client +
                     "'k', gen_random_uuid(), '')");
  };
  insert_key("", "");
  database.execute("insert into orders (id, workflow, customer_id) values (gen_random_uuid(), 'default', '1')");
  migrate(session, all);
  CHECK(database.value("select client from idempotency_keys") == "default");
  CHECK(database.value("select client from orders") == "default");
  CHECK_NOTHROW(insert_key("client, ", "'shop', "));
  CHECK_THROWS_AS(insert_key("client, ", "'shop', "), pqxx::unique_violation);
  CHECK_THROWS_AS(insert_key("", ""), pqxx::unique_violation);
}

TEST_CASE("the migration to several keys keeps what registered stages are bound to") {
  constexpr std::size_t kVersionBefore = 11;
  TestDatabase database{TestDatabase::Empty{}};
  Session session(database.url(), "test");
  const auto all = esteira::runtime::postgres::read_migrations(esteira::test::source_dir() / "sql");
  migrate(session, {all.begin(), all.begin() + kVersionBefore});
  const auto* insert = "insert into registered_stages (exchange, stage, retry_delays, binding_keys) values ('orders', ";
  database.execute(std::string(insert) + "'enrich', '{}', '{a,b}')");
  migrate(session, all);
  database.execute(std::string(insert) + "'of-the-version-before', '{}', '{c}')");
  CHECK(database.value("select string_agg(bound_keys::text || more_keys::text, ' ' order by stage) "
                       "from registered_stages") == "{a,b}{} {c}{}");
}
