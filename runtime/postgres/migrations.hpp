#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "runtime/postgres/session.hpp"

namespace esteira::runtime::postgres {

/// A numbered file of sql/: 0001_orders.sql.
struct Migration {
  int version = 0;
  std::string name;
  std::string sql;
  std::string checksum;  ///< SHA-256 of the file, hex
};

/// All of a folder in order. Throws ConfigError for a folder without any, a gap, a double number or a bad name.
std::vector<Migration> read_migrations(const std::filesystem::path& folder);

/// Applies what is missing, each file in its own transaction together with its row in schema_migrations
/// (version, name, checksum, applied_at), under an advisory lock: several at once are harmless. Returns what was
/// applied. Throws ConfigError when a file that was applied has changed since, or the database is newer than the
/// folder.
std::vector<Migration> migrate(Session& session, const std::vector<Migration>& migrations);

/// The version this program was written for; the highest in sql/. A test keeps the two together.
inline constexpr int kSchemaVersion = 3;

/// Empty when the database has kSchemaVersion or later, else what to do in a few words ("run esteira migrate").
/// Throws Unavailable.
std::string missing_schema(Session& session);

}  // namespace esteira::runtime::postgres
