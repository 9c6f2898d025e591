#pragma once

#include "cli/cli_app.hpp"

namespace esteira::cli {

/// `esteira migrate [--dir DIRECTORY]`: applies the missing migrations to the database.
void add_migrate(CLI::App& program);

}  // namespace esteira::cli
