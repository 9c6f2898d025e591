#include "runtime/postgres/session.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <thread>

#include "runtime/config/config.hpp"
#include "runtime/postgres/watchdog.hpp"
#include "tests/support/tcp_proxy.hpp"
#include "tests/support/test_database.hpp"
#include "tests/support/wait.hpp"
#include "tests/support/written_stderr.hpp"

namespace {

using esteira::runtime::postgres::InDoubt;
using esteira::runtime::postgres::Session;
using esteira::runtime::postgres::Unavailable;
using esteira::test::TestDatabase;

class Tables : public TestDatabase {
 public:
  Tables() : TestDatabase(Empty{}) {
    execute("create table counters (id integer primary key, n integer not null)");
    execute("insert into counters values (1, 0), (2, 0)");
  }
};

std::string with_parameters(const std::string& url, const std::string& parameters) {
  return url + (url.find('?') == std::string::npos ? '?' : '&') + parameters;
}

/// The server of `tables` behind a proxy, and a session that goes through it.
struct ProxiedServer {
  explicit ProxiedServer(const Tables& tables)
      : proxy("127.0.0.1", port_of(tables.url())),
        session(with_parameters(tables.url(), "hostaddr=127.0.0.1&port=" + std::to_string(proxy.port())), "test") {}

  static std::uint16_t port_of(const std::string& url) {
    pqxx::connection direct(url);
    return static_cast<std::uint16_t>(std::stoi(direct.port()));
  }

  esteira::test::TcpProxy proxy;
  Session session;
};

void add_to(pqxx::transaction_base& work, int id) {
  work.exec_params0("update counters set n = n + 1 where id = $1", id);
}

}  // namespace

TEST_CASE("a session sets our timeouts and its application name on the server") {
  TestDatabase database{TestDatabase::Empty{}};
  Session session(database.url(), "esteira-tests");
  session.read([](pqxx::transaction_base& work) {
    const auto row = work.exec1(
        "select current_setting('statement_timeout'), current_setting('lock_timeout'),"
        " current_setting('idle_in_transaction_session_timeout'), current_setting('application_name')");
    CHECK(row[0].as<std::string>() == "10s");
    CHECK(row[1].as<std::string>() == "5s");
    CHECK(row[2].as<std::string>() == "30s");
    CHECK(row[3].as<std::string>() == "esteira-tests");
  });
}

TEST_CASE("transact commits, and rolls back on an exception") {
  Tables tables;
  Session session(tables.url(), "test");
  session.transact([](pqxx::work& work) { add_to(work, 1); });
  CHECK_THROWS_AS(session.transact([](pqxx::work& work) {
    add_to(work, 1);
    throw std::logic_error("no");
  }),
                  std::logic_error);
  CHECK(tables.value("select n from counters where id = 1") == "1");
}

TEST_CASE("a lost connection is reconnected and the work retried") {
  Tables tables;
  int connections = 0;
  Session session(tables.url(), "test", [&connections](pqxx::connection&) { ++connections; });
  session.transact([](pqxx::work& work) { add_to(work, 1); });
  tables.terminate_backends();
  session.transact([](pqxx::work& work) { add_to(work, 1); });
  CHECK(tables.value("select n from counters where id = 1") == "2");
  CHECK(connections == 2);
}

TEST_CASE("a connection lost within a transaction is reconnected and the whole body run again") {
  Tables tables;
  Session session(tables.url(), "test");
  int runs = 0;
  session.transact([&](pqxx::work& work) {
    add_to(work, 1);
    if (++runs == 1) tables.terminate_backends();
    add_to(work, 2);
  });
  CHECK(runs == 2);
  CHECK(tables.value("select string_agg(n::text, ',' order by id) from counters") == "1,1");
}

TEST_CASE("an unreachable server throws Unavailable, and is used again once it is back") {
  Tables tables;
  ProxiedServer proxied(tables);
  proxied.session.transact([](pqxx::work& work) { add_to(work, 1); });
  proxied.proxy.cut();
  CHECK_THROWS_AS(proxied.session.transact([](pqxx::work& work) { add_to(work, 1); }), Unavailable);
  proxied.proxy.restore();
  proxied.session.transact([](pqxx::work& work) { add_to(work, 1); });
  CHECK(tables.value("select n from counters where id = 1") == "2");
}

TEST_CASE("a connection lost during the commit throws InDoubt") {
  Tables tables;
  tables.execute("create table slow (id integer)");
  tables.execute(
      "create function cut_off() returns trigger language plpgsql as"
      " $$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$");
  tables.execute(
      "create constraint trigger cut_off after insert on slow deferrable initially deferred"
      " for each row execute function cut_off()");
  Session session(tables.url(), "test");
  CHECK_THROWS_AS(session.transact([](pqxx::work& work) { work.exec0("insert into slow values (1)"); }), InDoubt);
  CHECK_NOTHROW(session.transact([](pqxx::work& work) { add_to(work, 1); }));
}

TEST_CASE("a write is repeated once after a lost connection") {
  Tables tables;
  Session session(tables.url(), "test");
  int runs = 0;
  session.write([&](pqxx::transaction_base& work) {
    add_to(work, 1);
    if (++runs == 1) tables.terminate_backends();
    work.exec("select 1");
  });
  CHECK(runs == 2);
  CHECK(tables.value("select n from counters where id = 1") == "2");
}

TEST_CASE("a write throws InDoubt when the repetition cannot reach the server") {
  Tables tables;
  ProxiedServer proxied(tables);
  const auto cut_off = [&](pqxx::transaction_base& work) {
    add_to(work, 1);
    proxied.proxy.cut();
    work.exec("select 1");
  };
  CHECK_THROWS_AS(proxied.session.write(cut_off), InDoubt);
  CHECK_THROWS_AS(proxied.session.write([](pqxx::transaction_base& work) { add_to(work, 1); }), Unavailable);
  CHECK(tables.value("select n from counters where id = 1") == "1");
}

TEST_CASE("a transaction is retried after a deadlock") {
  Tables tables;
  std::atomic<int> inside{0};
  const auto cross = [&](int first, int second) {
    Session session(tables.url(), "test");
    int runs = 0;
    session.transact([&](pqxx::work& work) {
      add_to(work, first);
      if (++runs == 1) {
        ++inside;
        esteira::test::wait_until([&] { return inside == 2; });
      }
      add_to(work, second);
    });
    return runs;
  };
  auto other = std::async(std::launch::async, [&] { return cross(2, 1); });
  const int runs = cross(1, 2) + other.get();
  CHECK(runs >= 3);
  CHECK(tables.value("select string_agg(n::text, ',' order by id) from counters") == "2,2");
}

TEST_CASE("repeated deadlocks are retried a few times, then throw Unavailable") {
  const Tables tables;
  Session session(tables.url(), "test");
  int runs = 0;
  const auto run = [&](int deadlocks) {
    runs = 0;
    session.transact([&](pqxx::work& work) {
      if (++runs <= deadlocks) work.exec("do 'begin raise exception sqlstate ''40P01''; end'");
    });
  };
  CHECK_NOTHROW(run(3));
  CHECK(runs == 4);
  CHECK_THROWS_AS(run(100), Unavailable);
  CHECK(runs < 20);
}

TEST_CASE("a statement timeout throws Unavailable and keeps the connection") {
  Tables tables;
  int connections = 0;
  Session session(with_parameters(tables.url(), "options=-c%20statement_timeout%3D1s"), "test",
                  [&connections](pqxx::connection&) { ++connections; });
  CHECK_THROWS_AS(session.read([](pqxx::transaction_base& work) { work.exec("select pg_sleep(60)"); }), Unavailable);
  CHECK_NOTHROW(session.transact([](pqxx::work& work) { add_to(work, 1); }));
  CHECK(connections == 1);
}

TEST_CASE("errors about the rows are passed on unchanged") {
  Tables tables;
  Session session(tables.url(), "test");
  CHECK_THROWS_AS(session.transact([](pqxx::work& work) { work.exec("select 'x'::integer"); }), pqxx::data_exception);
  CHECK_THROWS_AS(session.transact([](pqxx::work& work) { work.exec("insert into counters values (1, 0)"); }),
                  pqxx::unique_violation);
}

TEST_CASE("a rejected login gives its reason in one line without the password") {
  TestDatabase database{TestDatabase::Empty{}};
  Session session(with_parameters(database.url(), "user=nobody_here&password=s3cret"), "test");
  try {
    session.transact([](pqxx::work&) {});
    FAIL("connected");
  } catch (const Unavailable& error) {
    const std::string text = error.what();
    CHECK(text.find("nobody_here") != std::string::npos);
    CHECK(text.find("s3cret") == std::string::npos);
    CHECK(text.find('\n') == std::string::npos);
  }
}

TEST_CASE("the watchdog ends a wait for a server that hangs") {
  TestDatabase database{TestDatabase::Empty{}};
  pqxx::connection direct(database.url());
  esteira::test::TcpProxy proxy("127.0.0.1", static_cast<std::uint16_t>(std::stoi(direct.port())));
  Session session(with_parameters(database.url(), "hostaddr=127.0.0.1&port=" + std::to_string(proxy.port())), "test");
  const auto ask = [&] { session.read([](pqxx::transaction_base& work) { work.exec1("select 1"); }); };
  ask();
  proxy.freeze();
  auto asking = std::async(std::launch::async, ask);
  const bool ended = asking.wait_for(std::chrono::seconds(60)) == std::future_status::ready;
  proxy.thaw();
  CHECK(ended);
  CHECK_THROWS_AS(asking.get(), Unavailable);
  CHECK_NOTHROW(ask());
}

TEST_CASE("the watchdog does not interrupt a slow statement") {
  TestDatabase database{TestDatabase::Empty{}};
  pqxx::connection connection(database.url());
  esteira::runtime::postgres::Watchdog watchdog(std::chrono::milliseconds(50));
  const esteira::runtime::postgres::Watchdog::Watch watch(watchdog, connection.sock(), database.url());
  CHECK_NOTHROW(pqxx::nontransaction(connection).exec("select pg_sleep(1)"));
}

TEST_CASE("a notice of PostgreSQL becomes one log line, however many sessions get it") {
  TestDatabase database{TestDatabase::Empty{}};
  const auto raise = [&database] {
    Session session(database.url(), "test");
    session.read([](pqxx::transaction_base& work) { work.exec("do $$ begin raise warning 'look\nhere'; end $$"); });
  };
  esteira::test::WrittenStderr writes;
  raise();
  raise();
  const auto line = writes.next();
  CHECK_THAT(line, Catch::StartsWith("{") && Catch::Contains("\"level\":\"warn\"") &&
                       Catch::Contains("\"notice\":\"WARNING:  look\"") && Catch::EndsWith("}\n"));
  CHECK(writes.next().empty());
}
