#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>

#include "cli/audit/audit.hpp"
#include "cli/claim.hpp"
#include "cli/command_line.hpp"
#include "cli/completion.hpp"
#include "cli/dlq/dlq.hpp"
#include "cli/doctor.hpp"
#include "cli/help.hpp"
#include "cli/migrate.hpp"
#include "cli/plugin/plugin.hpp"
#include "cli/prune.hpp"
#include "cli/remote/remote.hpp"
#include "cli/stage/stage.hpp"
#include "cli/version.hpp"
#include "cli/workflow/workflow.hpp"
#include "runtime/lifecycle/standard_descriptors.hpp"
#include "runtime/logging/log.hpp"

namespace {

namespace cli = esteira::cli;

/// Every command, in the order of `esteira --help`.
constexpr void (*kAddCommand[])(CLI::App& program) = {
    cli::add_migrate,    cli::add_doctor,   cli::add_claim,   cli::add_plugin, cli::add_remote,
    cli::add_stage,      cli::add_workflow, cli::add_audit,   cli::add_dlq,    cli::add_prune,
    cli::add_completion, cli::add_help,     cli::add_version,
};

int run(int argc, const char* const* argv) {
  const auto program = cli::make_program();
  for (const auto add_command : kAddCommand) add_command(*program);
  return cli::run_command_line(*program, argc, argv);
}

}  // namespace

int main(int argc, char** argv) {
  esteira::runtime::open_standard_descriptors();
  // Writing to a closed connection is then an error to report, not the end of the program.
  std::signal(SIGPIPE, SIG_IGN);
  // A command reports by itself what the parts of the runtime would log.
  esteira::runtime::log::configure({"esteira", "", "error", "auto"});
  try {
    return run(argc, argv);
  } catch (const cli::UsageError& error) {
    std::fprintf(stderr, "esteira: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    const std::string text = error.what();
    std::fprintf(stderr, "esteira: %s\n", text.substr(0, text.find('\n')).c_str());
    return 1;
  }
}
