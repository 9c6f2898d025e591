#include "cli/migrate.hpp"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "cli/command_line.hpp"
#include "cli/data_dir.hpp"
#include "runtime/config/config.hpp"
#include "runtime/postgres/migrations.hpp"

namespace esteira::cli {
namespace {

namespace fs = std::filesystem;
namespace rt = esteira::runtime;

int run_migrations(const std::optional<std::string>& directory) {
  const rt::Config config(rt::kCli, rt::process_environment());
  if (!config.has("DATABASE_URL")) throw rt::ConfigError("DATABASE_URL: not set, and neither is DATABASE_URL_FILE");
  const auto migrations =
      rt::postgres::read_migrations(directory ? fs::path(*directory) : data_dir("sql", ESTEIRA_SOURCE_SQL));
  rt::postgres::Session session(config.text("DATABASE_URL"), "esteira-migrate");
  for (const auto& migration : rt::postgres::migrate(session, migrations)) {
    std::printf("applied %s\n", migration.name.c_str());
  }
  std::printf("the schema is at version %d\n", migrations.back().version);
  return 0;
}

}  // namespace

void add_migrate(CLI::App& program) {
  const auto directory = std::make_shared<std::optional<std::string>>();
  auto& command = add_command(program, "migrate", "Apply the missing migrations to the database of DATABASE_URL.",
                              [directory] { return run_migrations(*directory); });
  add_text(command, "--dir", "DIRECTORY", *directory,
           "Read the migrations from this directory (default: the directory of the installation).");
}

}  // namespace esteira::cli
