#include <catch2/catch.hpp>

#include "runtime/postgres/session.hpp"
#include "tests/support/test_database.hpp"
#include "tests/support/test_role.hpp"

namespace {

using Catch::Contains;
using esteira::runtime::postgres::InDoubt;
using esteira::runtime::postgres::Refused;
using esteira::runtime::postgres::Session;
using esteira::test::TestDatabase;
using esteira::test::TestRole;

/// A table with prepared statements on it, and a session that has used them.
struct Notes {
  Notes() {
    database.execute("create type colour as enum ('red', 'blue')");
    database.execute("create table notes (id serial primary key, text varchar(20), colour colour)");
    add();
    read();
  }

  static void prepare(pqxx::connection& connection) {
    connection.prepare("notes_add", "insert into notes (text, colour) values ($1, $2::colour)");
    connection.prepare("notes_read", "select * from notes");
  }

  void add() {
    session.write([](pqxx::transaction_base& work) { work.exec_prepared("notes_add", "hello", "red"); });
  }
  std::size_t read() {
    std::size_t rows = 0;
    session.read([&](pqxx::transaction_base& work) { rows = work.exec_prepared("notes_read").size(); });
    return rows;
  }

  TestDatabase database{TestDatabase::Empty{}};
  int connections = 0;
  Session session{database.url(), "test", [this](pqxx::connection& connection) {
                    ++connections;
                    prepare(connection);
                  }};
};

std::string refusal_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const InDoubt&) {
    return "in doubt";
  } catch (const Refused& error) {
    return error.what();
  }
  return "done";
}

}  // namespace

TEST_CASE("a missing right is a refusal that names the right and the remedy, and a grant ends it") {
  TestDatabase database;
  TestRole role(database);
  Session session(role.url(), "test");
  const auto remove = [&] { session.write([](pqxx::transaction_base& work) { work.exec("delete from outbox"); }); };
  role.revoke("delete on outbox");
  CHECK_THAT(refusal_of(remove), Contains("permission denied for table outbox (SQLSTATE 42501)") && Contains("grant"));
  role.grant("delete on outbox");
  CHECK(refusal_of(remove) == "done");
}

TEST_CASE("a changed result type renews the session, and the statement succeeds at once") {
  Notes notes;
  notes.database.execute("alter table notes alter column text type text");
  CHECK(notes.read() == 1);
  CHECK(notes.connections == 2);
}

TEST_CASE("a type that was dropped and created again renews the session") {
  Notes notes;
  notes.database.execute("alter table notes drop column colour");
  notes.database.execute("drop type colour");
  notes.database.execute("create type colour as enum ('red')");
  notes.database.execute("alter table notes add column colour colour");
  CHECK(refusal_of([&] { notes.add(); }) == "done");
  CHECK(notes.read() == 2);
}

TEST_CASE("prepared statements that are gone are prepared again") {
  Notes notes;
  notes.session.read([](pqxx::transaction_base& work) { work.exec("deallocate all"); });
  CHECK(refusal_of([&] { notes.add(); }) == "done");
  CHECK(notes.read() == 2);
  CHECK(notes.connections == 2);
}

TEST_CASE("a renamed table is a refusal until it has its name again") {
  Notes notes;
  notes.database.execute("alter table notes rename to moved");
  CHECK_THAT(refusal_of([&] { notes.add(); }), Contains("SQLSTATE 42P01") && Contains("esteira migrate"));
  notes.database.execute("alter table moved rename to notes");
  CHECK(refusal_of([&] { notes.add(); }) == "done");
}

TEST_CASE("a session that became read-only is renewed") {
  Notes notes;
  notes.session.read([](pqxx::transaction_base& work) { work.exec("set default_transaction_read_only = on"); });
  CHECK(refusal_of([&] { notes.add(); }) == "done");
  CHECK(notes.connections == 2);
}

TEST_CASE("a read-only server is a refusal, not a commit in doubt") {
  Notes notes;
  const auto name = notes.database.value("select current_database()");
  notes.database.execute("alter database " + name + " set default_transaction_read_only = on");
  notes.session.disconnect();
  CHECK_THAT(refusal_of([&] { notes.add(); }), Contains("SQLSTATE 25006") && Contains("read-only"));
  CHECK(notes.read() == 1);
  notes.database.execute("set default_transaction_read_only = off");
  notes.database.execute("alter database " + name + " reset default_transaction_read_only");
  CHECK(refusal_of([&] { notes.add(); }) == "done");
}

TEST_CASE("a lock that lasts is a refusal, and the session stays") {
  Notes notes;
  notes.session.read([](pqxx::transaction_base& work) { work.exec("set lock_timeout = '50ms'"); });
  pqxx::connection connection(notes.database.url());
  pqxx::work other(connection);
  other.exec("lock table notes");
  CHECK_THAT(refusal_of([&] { notes.add(); }), Contains("SQLSTATE 55P03") && Contains("pg_locks"));
  other.abort();
  CHECK(refusal_of([&] { notes.add(); }) == "done");
  CHECK(notes.connections == 1);
}

TEST_CASE("a statement that cannot be prepared is a refusal") {
  TestDatabase database{TestDatabase::Empty{}};
  const auto prepare = [](pqxx::connection& connection) {
    pqxx::nontransaction(connection).exec("select from nowhere");
  };
  Session session(database.url(), "test", prepare);
  const auto use = [&] { session.read([](pqxx::transaction_base& work) { work.exec("select 1"); }); };
  CHECK_THAT(refusal_of(use), Contains("SQLSTATE 42P01"));
  database.execute("create table nowhere ()");
  CHECK(refusal_of(use) == "done");
}

TEST_CASE("a rehearsal runs the work and rolls it back") {
  Notes notes;
  std::size_t written = 0;
  notes.session.rehearse(
      [&](pqxx::work& work) { written = work.exec_prepared("notes_add", "hello", "blue").affected_rows(); });
  CHECK(written == 1);
  CHECK(notes.read() == 1);
}
