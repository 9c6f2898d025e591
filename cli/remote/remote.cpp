#include "cli/remote/remote.hpp"

#include "cli/command_line.hpp"
#include "cli/remote/remote_check.hpp"

namespace esteira::cli {

void add_remote(CLI::App& program) {
  auto& remote = add_group(program, "remote", "Check a service that does the work of a stage over HTTP.");
  add_remote_check(remote);
}

}  // namespace esteira::cli
