#include "runtime/postgres/migrations.hpp"

#include <map>
#include <utility>

#include "runtime/config/config.hpp"

namespace esteira::runtime::postgres {
namespace {

struct AppliedMigration {
  std::string name;
  std::string checksum;
};

/// One migrating program at a time. A migration may take long, and so may the wait for another's: no limits but the
/// operator's timeout. Made under the lock because "if not exists" alone is no protection from a twin.
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
    applied.emplace(row[0].as<int>(), AppliedMigration{row[1].c_str(), row[2].c_str()});
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

/// The next one that is missing, applied; nothing when all are there.
const Migration* apply_next(pqxx::work& work, const std::vector<Migration>& migrations) {
  take_migration_lock(work);
  const auto applied = applied_migrations(work);
  check_applied(applied, migrations);
  for (const auto& migration : migrations) {
    if (applied.contains(migration.version)) continue;
    work.exec(migration.sql);
    work.exec_params0("insert into schema_migrations (version, name, checksum) values ($1, $2, $3)", migration.version,
                      migration.name, migration.checksum);
    return &migration;
  }
  return nullptr;
}

}  // namespace

std::vector<Migration> migrate(Session& session, const std::vector<Migration>& migrations) {
  std::vector<Migration> done;
  for (;;) {
    const Migration* next = nullptr;
    session.transact([&](pqxx::work& work) { next = apply_next(work, migrations); });
    if (next == nullptr) return done;
    done.push_back(*next);
  }
}

std::string missing_schema(Session& session) {
  int version = 0;
  session.read([&version](pqxx::transaction_base& work) {
    version = 0;
    const auto table = work.exec1("select to_regclass('schema_migrations') is not null");
    if (!table[0].as<bool>()) return;
    version = work.exec1("select coalesce(max(version), 0) from schema_migrations")[0].as<int>();
  });
  if (version >= kSchemaVersion) return {};
  return "the schema is at version " + std::to_string(version) + " and " + std::to_string(kSchemaVersion) +
         " is needed: run esteira migrate";
}

}  // namespace esteira::runtime::postgres
