#include "runtime/postgres/migrations.hpp"

#include <chrono>
#include <exception>
#include <map>
#include <string>
#include <thread>
#include <utility>

#include "runtime/config/config.hpp"
#include "runtime/lifecycle/backoff.hpp"
#include "runtime/postgres/prerequisites.hpp"

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
constexpr const char* kBookkeeping = "esteira_migrations";

/// Another session has a lock that the migration needs.
class TablesInUse : public std::exception {};

/// One program migrates at a time. The wait for another program's migration has no time limit, nor has a migration: a
/// rewrite of a big table takes longer than an ordinary statement may.
void take_migration_lock(pqxx::work& work) {
  work.exec0("set local statement_timeout = 0");
  work.exec0("set local lock_timeout = 0");
  work.exec1("select pg_advisory_xact_lock(hashtextextended('esteira.schema_migrations', 0))");
  work.exec0("set local client_min_messages = warning");
}

bool exists(pqxx::transaction_base& work, const char* table) {
  return work.exec_params1("select to_regclass($1) is not null", table)[0].as<bool>();
}

/// Until version 5 our bookkeeping was called schema_migrations, as that of many programs is. Ours is known by its
/// form.
bool has_our_old_bookkeeping(pqxx::transaction_base& work) {
  const auto row = work.exec1(
      "select string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' order by attnum) from pg_attribute"
      " join pg_class c on c.oid = attrelid"
      " where attrelid = to_regclass('schema_migrations') and c.relkind = 'r' and attnum > 0 and not attisdropped");
  return std::string(row[0].c_str()) ==
         "version integer, name text, checksum text, applied_at timestamp with time zone";
}

/// Programs of the version before read the old name while they are replaced: it stays as a view.
void take_over_old_bookkeeping(pqxx::work& work) {
  work.exec0("alter table schema_migrations rename to esteira_migrations");
  work.exec0("alter table esteira_migrations rename constraint schema_migrations_pk to esteira_migrations_pk");
  work.exec0("create view schema_migrations as select * from esteira_migrations");
  work.exec0("grant select on schema_migrations to public");
}

void require(const std::string& fault) {
  if (!fault.empty()) throw ConfigError(fault);
}

/// Throws ConfigError when the server or the user's rights do not allow it.
void make_bookkeeping(pqxx::work& work) {
  require(unfit_server(work));
  if (exists(work, kBookkeeping)) return;
  require(missing_create_right(work));
  if (has_our_old_bookkeeping(work)) return take_over_old_bookkeeping(work);
  work.exec0(
      "create table esteira_migrations (version integer not null, name text not null, checksum text not null,"
      " applied_at timestamptz not null default now(), constraint esteira_migrations_pk primary key (version))");
}

std::map<int, AppliedMigration> applied_migrations(pqxx::work& work) {
  std::map<int, AppliedMigration> applied;
  for (const auto& row : work.exec("select version, name, checksum from esteira_migrations")) {
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
  work.exec_params0("insert into esteira_migrations (version, name, checksum) values ($1, $2, $3)", migration.version,
                    migration.name, migration.checksum);
}

/// Applies the next missing migration and returns it; null when none is missing.
const Migration* apply_next(pqxx::work& work, const std::vector<Migration>& migrations) {
  take_migration_lock(work);
  make_bookkeeping(work);
  const auto applied = applied_migrations(work);
  check_applied(applied, migrations);
  for (const auto& migration : migrations) {
    if (applied.contains(migration.version)) continue;
    require(missing_create_right(work));
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
  std::string unfit;
  session.read([&](pqxx::transaction_base& work) {
    version = 0;
    unfit = unfit_server(work);
    const bool has_new_name = exists(work, kBookkeeping);
    if (!unfit.empty() || !(has_new_name || has_our_old_bookkeeping(work))) return;
    const std::string table = has_new_name ? kBookkeeping : "schema_migrations";
    version = work.exec1("select coalesce(max(version), 0) from " + table)[0].as<int>();
  });
  if (!unfit.empty() || version >= kSchemaVersion) return unfit;
  return "the schema is at version " + std::to_string(version) + " and " + std::to_string(kSchemaVersion) +
         " is needed: run esteira migrate";
}

}  // namespace esteira::runtime::postgres
