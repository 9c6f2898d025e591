#pragma once

namespace CLI {
class App;
}

namespace esteira::cli {

/// `esteira version`: prints the version.
void add_version(CLI::App& program);

}  // namespace esteira::cli
