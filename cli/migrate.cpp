#include "cli/migrate.hpp"

#include <cstdio>
#include <filesystem>

#include "runtime/config/config.hpp"
#include "runtime/postgres/migrations.hpp"

namespace esteira::cli {
namespace {

namespace fs = std::filesystem;
namespace rt = esteira::runtime;

fs::path default_folder() {
  std::error_code error;
  const auto program = fs::read_symlink("/proc/self/exe", error);
  auto installed = program.parent_path().parent_path() / "share/esteira/sql";
  return fs::is_directory(installed, error) ? installed : fs::path(ESTEIRA_SOURCE_SQL);
}

fs::path folder_of(const Arguments& arguments) {
  if (arguments.empty()) return default_folder();
  if (arguments.size() == 2 && arguments[0] == "--dir" && !arguments[1].empty()) return arguments[1];
  throw UsageError("migrate takes --dir DIR and nothing else");
}

}  // namespace

int run_migrate(const Arguments& arguments) {
  const auto folder = folder_of(arguments);
  const rt::Config config(rt::kCli, rt::process_environment());
  if (!config.has("DATABASE_URL")) throw rt::ConfigError("DATABASE_URL: not set");
  const auto migrations = rt::postgres::read_migrations(folder);
  rt::postgres::Session session(config.text("DATABASE_URL"), "esteira-migrate");
  for (const auto& migration : migrate(session, migrations)) std::printf("applied %s\n", migration.name.c_str());
  std::printf("the schema is at version %d\n", migrations.back().version);
  return 0;
}

}  // namespace esteira::cli
