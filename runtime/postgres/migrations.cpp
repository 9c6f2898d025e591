#include "runtime/postgres/migrations.hpp"

#include <chrono>
#include <exception>
#include <map>
#include <thread>
#include <utility>

#include "runtime/config/config.hpp"
#include "runtime/lifecycle/backoff.hpp"

namespace esteira::runtime::postgres {
namespace {

struct AppliedMigration {
  std::string name;
  std::string checksum;
};

/// A migration waits this long for the locks on its tables, then gives way and tries again. Sessions that come after it
/// queue behind it while it waits, and their own lock timeout is 5 s.
constexpr const char* kLockTimeout = "2s";
constexpr int kMaxLockAttempts = 200;

/// Another session has a lock that the migration needs.
class TablesInUse : public std::exception {};

/// One program migrates at a time. The wait for another program's migration has no time limit, nor has a migration: a
/// rewrite of a big table takes longer than an ordinary statement may. "create table if not exists" alone would fail
/// when two programs run it at once, so it comes after the lock.
void take_migration_lock(pqxx::work& work) {
  work.exec0("set local statement_timeout = 0");
  work.exec0("set local lock_timeout = 0");
  work.exec1("select pg_advisory_xact_lock(hashtextextended('esteira.schema_migrations', 0))");
  work.exec0("set local client_min_messages = warning");
  work.exec0(
      "create table if not exists schema_migrations (version integer not null, name text not null,"
      " checksum text not null, applied_at timestamptz not null default now(),"
      " constraint schema_migrations_pk primary key (version))");
}

std::map<int, AppliedMigration> applied_migrations(pqxx::work& work) {
  std::map<int, AppliedMigration> applied;
  for (const auto& row : work.exec("select version, name, checksum from schema_migrations")) {
    applied.emplace(row["version"].as<int>(), AppliedMigration{row["name"].c_str(), row["checksum"].c_str()});
  }
  return applied;
}

void check_applied(const std::map<int, AppliedMigration>& applied, const std::vector<Migration>& migrations) {
  if (!applied.empty() && applied.rbegin()->first > static_cast<int>(migrations.size())) {
    throw ConfigError("the database has migration " + applied.rbegin()->second.name +
                      ", which this program does not know: use a newer program");
  }
  for (const auto& [version, row] : applied) {
    const auto& migration = migrations.at(static_cast<std::size_t>(version) - 1);
    if (migration.checksum == row.checksum) continue;
    throw ConfigError(migration.name + ": changed since it was applied; undo the change and write a new migration");
  }
}

/// Throws TablesInUse when the migration did not get its locks in time.
void apply(pqxx::work& work, const Migration& migration) {
  try {
    work.exec0(std::string("set local lock_timeout = '") + kLockTimeout + '\'');
    work.exec(migration.sql);
  } catch (const pqxx::sql_error& error) {
    constexpr const char* kLockNotAvailable = "55P03";
    constexpr const char* kDeadlockDetected = "40P01";
    if (error.sqlstate() != kLockNotAvailable && error.sqlstate() != kDeadlockDetected) throw;
    throw TablesInUse();
  }
  work.exec_params0("insert into schema_migrations (version, name, checksum) values ($1, $2, $3)", migration.version,
                    migration.name, migration.checksum);
}

/// Applies the next missing migration and returns it; null when none is missing.
const Migration* apply_next(pqxx::work& work, const std::vector<Migration>& migrations) {
  take_migration_lock(work);
  const auto applied = applied_migrations(work);
  check_applied(applied, migrations);
  for (const auto& migration : migrations) {
    if (applied.contains(migration.version)) continue;
    apply(work, migration);
    return &migration;
  }
  return nullptr;
}

/// As `apply_next` in a transaction of its own, repeated while other sessions hold the locks.
const Migration* apply_next_when_free(Session& session, const std::vector<Migration>& migrations) {
  Backoff pause(std::chrono::milliseconds(100), std::chrono::milliseconds(3000));
  for (int attempt = 1;; ++attempt) {
    try {
      const Migration* next = nullptr;
      session.transact([&](pqxx::work& work) { next = apply_next(work, migrations); });
      return next;
    } catch (const TablesInUse&) {
      if (attempt == kMaxLockAttempts) {
        throw Unavailable("other sessions keep the tables locked: stop long transactions, then migrate again");
      }
      std::this_thread::sleep_for(pause.next());
    }
  }
}

}  // namespace

std::vector<Migration> migrate(Session& session, const std::vector<Migration>& migrations) {
  std::vector<Migration> done;
  while (const auto* next = apply_next_when_free(session, migrations)) done.push_back(*next);
  return done;
}

std::string missing_schema(Session& session) {
  int version = 0;
  session.read([&version](pqxx::transaction_base& work) {
    version = 0;
    const auto row = work.exec1("select to_regclass('schema_migrations') is not null as exists");
    if (!row["exists"].as<bool>()) return;
    version = work.exec1("select coalesce(max(version), 0) as version from schema_migrations")["version"].as<int>();
  });
  if (version >= kSchemaVersion) return {};
  return "the schema is at version " + std::to_string(version) + " and " + std::to_string(kSchemaVersion) +
         " is needed: run esteira migrate";
}

}  // namespace esteira::runtime::postgres
