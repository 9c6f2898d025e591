#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "runtime/postgres/session.hpp"

namespace esteira::runtime::postgres {

/// A numbered file of sql/, for example 0001_orders.sql.
struct Migration {
  int version = 0;
  std::string name;
  std::string sql;
  std::string checksum;  ///< SHA-256 of the file, hex
};

/// Reads all migrations of a folder, sorted by number. Throws ConfigError when there is none, when a number is missing
/// or used twice, or when a file's name is not like 0001_orders.sql.
std::vector<Migration> read_migrations(const std::filesystem::path& folder);

/// Applies the migrations that are missing and returns them. Each file is applied in a transaction of its own, together
/// with its row in esteira_migrations (version, name, checksum, applied_at). A table schema_migrations that has the
/// form of ours, as it was called until version 5, is taken over; another program's is left alone. An advisory lock
/// makes programs that migrate at once wait for each other. A statement may take any time. Where other sessions hold
/// locks on the tables, the transaction gives way after 2 s and is repeated after a pause, about 15 minutes long; then
/// it throws Unavailable. Throws ConfigError when a file has changed since it was applied, when the database is newer
/// than the folder, or when the server or the user's rights do not allow it (prerequisites.hpp).
std::vector<Migration> migrate(Session& session, const std::vector<Migration>& migrations);

/// The schema version that this program needs: the highest number in sql/, which a test checks.
inline constexpr int kSchemaVersion = 17;

/// Returns "" when the server is fit (prerequisites.hpp) and the database has kSchemaVersion or later, else an error
/// with the remedy ("run esteira migrate"). Another program's table schema_migrations does not count. Throws
/// Unavailable.
std::string missing_schema(Session& session);

}  // namespace esteira::runtime::postgres
