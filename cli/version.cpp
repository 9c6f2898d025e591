#include "cli/version.hpp"

#include <cstdio>

#include "cli/command_line.hpp"

namespace esteira::cli {

void add_version(CLI::App& program) {
  add_command(program, "version", "Print the version.", [] {
    std::puts("esteira " ESTEIRA_VERSION);
    return 0;
  });
}

}  // namespace esteira::cli
