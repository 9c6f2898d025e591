#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <regex>

#include "runtime/config/config.hpp"
#include "runtime/postgres/migrations.hpp"
#include "runtime/text/sha256.hpp"

namespace esteira::runtime::postgres {
namespace {

namespace fs = std::filesystem;

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file) throw ConfigError(path.string() + ": cannot be read");
  // The text is sent to the server as a C string: the server would not see what follows a NUL.
  if (text.find('\0') != std::string::npos) throw ConfigError(path.string() + ": contains a NUL byte");
  return text;
}

Migration read_migration(const fs::path& path) {
  static const std::regex name_form("([0-9]{4})_[a-z0-9_]+\\.sql");
  std::smatch match;
  const auto name = path.filename().string();
  if (!std::regex_match(name, match, name_form)) {
    throw ConfigError(path.string() + ": not a name like 0001_orders.sql; rename the file");
  }
  auto sql = read_text(path);
  auto checksum = sha256_hex(sql);
  return {std::stoi(match[1]), name, std::move(sql), std::move(checksum)};
}

}  // namespace

std::vector<Migration> read_migrations(const fs::path& folder) {
  std::error_code error;
  std::vector<Migration> migrations;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".sql") migrations.push_back(read_migration(entry.path()));
  }
  if (error) throw ConfigError(folder.string() + ": " + error.message());
  if (migrations.empty()) throw ConfigError(folder.string() + ": contains no migrations (*.sql)");
  std::ranges::sort(migrations, {}, [](const Migration& m) { return std::pair(m.version, m.name); });
  int expected = 1;
  for (const auto& migration : migrations) {
    if (migration.version < expected)
      throw ConfigError(migration.name + ": its number is used twice; rename one of the two files");
    if (migration.version > expected) {
      throw ConfigError(migration.name + ": number " + std::to_string(expected) +
                        " is missing before it; add that file");
    }
    ++expected;
  }
  return migrations;
}

}  // namespace esteira::runtime::postgres
