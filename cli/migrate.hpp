#pragma once

namespace CLI {
class App;
}

namespace esteira::cli {

/// `esteira migrate [--dir DIRECTORY]`: applies the missing migrations to the database.
void add_migrate(CLI::App& program);

}  // namespace esteira::cli
