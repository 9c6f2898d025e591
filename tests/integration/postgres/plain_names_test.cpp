// Migration 0004 gives tables and columns plain names. These tests apply it to a database of the version before.
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <future>
#include <mutex>
#include <pqxx/pqxx>
#include <thread>

#include "runtime/postgres/migrations.hpp"
#include "runtime/text/uuid.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/test_database.hpp"

namespace {

using esteira::runtime::postgres::migrate;
using esteira::runtime::postgres::Migration;
using esteira::runtime::postgres::Session;
using esteira::runtime::postgres::Unavailable;
using esteira::test::TestDatabase;

constexpr std::size_t kOldVersion = 3;

/// 2000 orders, each with entries of all kinds, and rows in each table that is renamed.
constexpr const char* kOldRows = R"(
insert into orders (id, workflow, customer_id, redrives)
select gen_random_uuid(), 'filled', '7', 1 from generate_series(1, 2000);
insert into order_events (order_id, stage, redrive, retry, outcome, attempt, detail, at)
select id, stage, redrive, retry, outcome, attempt, detail, '2026-01-02 03:04:05.678Z'
from orders, (values
  ('api', 0, 0, 'accepted', 1, null), ('process', 0, 0, 'done', 1, null), ('enrich', 0, 1, 'retry', 1, 'first'),
  ('enrich', 0, 2, 'retry', 2, 'second'), ('enrich', 0, 0, 'failed', 3, 'why'),
  ('enrich', 1, -1, 'redriven', 1, 'why'), ('enrich', 1, 0, 'done', 2, null), ('ship', 0, -2, 'purged', 1, 'old'))
  as e (stage, redrive, retry, outcome, attempt, detail);
insert into suspects (order_id, stage, redrive, runs, released)
values ('11111111-1111-4111-8111-111111111111', 'enrich', 1, 2, true);
insert into stage_hosts (instance, exchange, stage, in_flight, oldest_seconds, seen_at)
values ('22222222-2222-4222-8222-222222222222', 'orders', 'enrich', 3, 1.5, '2026-01-02 03:04:05Z');
insert into known_stages (exchange, stage, retry_delays, consumes) values ('orders', 'enrich', '{1,2}', '{order.created}'))";

std::vector<Migration> migrations_to_0004() {
  auto migrations = esteira::runtime::postgres::read_migrations(esteira::test::source_dir() / "sql");
  migrations.resize(4);
  return migrations;
}

struct OldDatabase {
  TestDatabase database{TestDatabase::Empty{}};
  std::vector<Migration> all = migrations_to_0004();

  OldDatabase() {
    all.resize(kOldVersion + 1);
    Session session(database.url(), "test");
    migrate(session, {all.begin(), all.begin() + kOldVersion});
    database.execute(kOldRows);
  }
  std::size_t migrate_all() const {
    Session session(database.url(), "test");
    return migrate(session, all).size();
  }
  std::string entries(const std::string& where) {
    return database.value("select count(*) from order_events where " + where);
  }
};

/// Sessions of a program of the version before, which write and read until the migration has changed the schema.
class OldProgram {
 public:
  explicit OldProgram(const std::string& url) {
    for (int i = 0; i < 3; ++i) threads_.push_back(std::async(std::launch::async, [this, url] { write(url); }));
    threads_.push_back(std::async(std::launch::async, [url] { read(url); }));
  }
  std::vector<std::string> committed() {
    for (auto& thread : threads_) thread.get();
    return std::move(committed_);
  }
  [[nodiscard]] bool has_written() const { return writes_ > 20; }

 private:
  /// Repeats `body` while PostgreSQL accepts it, at most for a minute.
  template <class Body>
  static void repeat(const Body& body) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (std::chrono::steady_clock::now() < end) {
      try {
        body();
      } catch (const Unavailable& error) {
        const bool column_is_gone = std::string_view(error.what()).find("SQLSTATE 42") != std::string_view::npos;
        if (column_is_gone) return;  // otherwise a lock timeout
      }
    }
  }

  void write(const std::string& url) {
    Session session(url, "old writer");
    repeat([&] {
      const auto id = esteira::runtime::random_uuid();
      session.transact([&id](pqxx::work& work) {
        work.exec_params0("insert into orders (id, workflow, customer_id) values ($1::uuid, 'loaded', '7')", id);
        work.exec_params0(
            "insert into order_events (order_id, stage, redrive, retry, outcome, attempt) values"
            " ($1::uuid, 'api', 0, 0, 'accepted', 1), ($1::uuid, 'process', 0, 1, 'retry', 1),"
            " ($1::uuid, 'process', 0, 0, 'done', 2)",
            id);
      });
      const std::scoped_lock lock(mutex_);
      committed_.push_back(id);
      ++writes_;
    });
  }

  static void read(const std::string& url) {
    Session session(url, "old reader");
    repeat([&session] {
      session.read([](pqxx::transaction_base& work) {
        work.exec("select count(retry), max(at), (select count(consumes) from known_stages) from order_events");
      });
    });
  }

  std::mutex mutex_;
  std::vector<std::string> committed_;
  std::atomic<int> writes_ = 0;
  std::vector<std::future<void>> threads_;
};

}  // namespace

TEST_CASE_METHOD(OldDatabase, "migration 0004 gives each timeline entry its kind and keeps all columns") {
  CHECK(migrate_all() == 1);
  CHECK(database.value("select string_agg(concat_ws(' ', stage, redrive, entry_kind, outcome, attempt, detail, n), ', '"
                       " order by stage, redrive, entry_kind, attempt)"
                       " from (select stage, redrive, entry_kind, outcome, attempt, detail, count(*) as n"
                       "       from order_events where created_at = '2026-01-02 03:04:05.678Z'"
                       "       group by 1, 2, 3, 4, 5, 6) e") ==
        "api 0 accepted accepted 1 2000, enrich 0 result failed 3 why 2000, enrich 0 retry retry 1 first 2000,"
        " enrich 0 retry retry 2 second 2000, enrich 1 result done 2 2000, enrich 1 redriven redriven 1 why 2000,"
        " process 0 result done 1 2000, ship 0 purged purged 1 old 2000");
}

TEST_CASE_METHOD(OldDatabase, "migration 0004 keeps poison candidates, heartbeats and registered stages") {
  migrate_all();
  CHECK(database.value(
            "select concat_ws(' ', stage, redrive, crash_runs, released_on_shutdown) from poison_candidates") ==
        "enrich 1 2 t");
  CHECK(database.value("select relpersistence from pg_class where relname = 'poison_candidates'") == "u");
  CHECK(database.value("select concat_ws(' ', exchange, stage, in_flight, oldest_seconds,"
                       " heartbeat_at = '2026-01-02 03:04:05Z') from worker_heartbeats") == "orders enrich 3 1.5 t");
  CHECK(database.value("select concat_ws(' ', stage, retry_delays, binding_keys) from registered_stages") ==
        "enrich {1,2} {order.created}");
  CHECK(database.value("select count(*) from pg_class where relname ~ 'suspects|stage_hosts|known_stages'") == "0");
}

TEST_CASE_METHOD(OldDatabase, "after migration 0004 the key of the timeline is as strict as before") {
  migrate_all();
  const auto insert = [this](const std::string& entry) {
    database.execute(
        "insert into order_events (order_id, stage, redrive, entry_kind, outcome, attempt)"
        " select id, " +
        entry + " from orders limit 1");
  };
  const auto* duplicate = GENERATE("'enrich', 0, 'result', 'done', 9", "'enrich', 1, 'result', 'failed', 9",
                                   "'enrich', 0, 'retry', 'retry', 2", "'enrich', 1, 'redriven', 'redriven', 9",
                                   "'ship', 0, 'purged', 'purged', 9", "'api', 0, 'accepted', 'accepted', 9");
  CHECK_THROWS_AS(insert(duplicate), pqxx::unique_violation);
  CHECK_NOTHROW(insert("'enrich', 0, 'retry', 'retry', 3"));
  CHECK_NOTHROW(insert("'enrich', 2, 'result', 'done', 1"));
  CHECK(entries("entry_kind = 'retry'") == "4001");
}

TEST_CASE_METHOD(OldDatabase, "migration 0004 completes under load and loses no committed row") {
  OldProgram program(database.url());
  while (!program.has_written()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  std::size_t applied = 0;
  {
    // Holds its lock for longer than the migration waits for it at once.
    pqxx::connection connection(database.url());
    pqxx::work long_transaction(connection);
    long_transaction.exec("select count(*) from order_events");
    auto migration = std::async(std::launch::async, [this] { return migrate_all(); });
    std::this_thread::sleep_for(std::chrono::seconds(3));
    long_transaction.commit();
    applied = migration.get();
  }
  CHECK(applied == 1);
  const auto committed = program.committed();
  CHECK(committed.size() > 20);
  CHECK(database.value("select count(*) from orders where workflow = 'loaded'") == std::to_string(committed.size()));
  const auto loaded = [this](const std::string& kind) {
    return entries("entry_kind = '" + kind + "' and order_id in (select id from orders where workflow = 'loaded')");
  };
  for (const auto* kind : {"accepted", "retry", "result"}) CHECK(loaded(kind) == std::to_string(committed.size()));
  CHECK(entries("order_id in (select id from orders where workflow = 'filled')") == "16000");
}

TEST_CASE_METHOD(OldDatabase, "two programs that migrate a filled database at once apply migration 0004 once") {
  auto other = std::async(std::launch::async, [this] { return migrate_all(); });
  const auto applied = migrate_all();
  CHECK(applied + other.get() == 1);
  CHECK(entries("true") == "16000");
}
