#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>

#include "cli/audit/audit.hpp"
#include "cli/command.hpp"
#include "cli/dlq/dlq.hpp"
#include "cli/doctor.hpp"
#include "cli/migrate.hpp"
#include "cli/plugin_inspect.hpp"
#include "runtime/config/config.hpp"
#include "runtime/lifecycle/standard_descriptors.hpp"

namespace {

using esteira::cli::Arguments;
using esteira::cli::Command;

int print_help(const Arguments& arguments);
int print_version(const Arguments& arguments);

constexpr Command kCommands[] = {
    {"migrate", "[--dir DIR]", "brings the schema of DATABASE_URL up to date", esteira::cli::run_migrate},
    {"doctor", "", "checks settings, PostgreSQL, schema, RabbitMQ and Redis", esteira::cli::run_doctor},
    {"plugin inspect", "PLUGIN", "shows what a plugin says of itself", esteira::cli::run_plugin_inspect},
    {"audit", "[--settle 60s] [--repair] [--json]", "finds orders that are lost, doubled or half done",
     esteira::cli::run_audit},
    {"dlq list", "[FILTERS] [--limit N] [--json]", "shows dead letters", esteira::cli::run_dlq_list},
    {"dlq show", "ORDER|MESSAGE [--stage S] [--json]", "shows a dead letter with its body", esteira::cli::run_dlq_show},
    {"dlq redrive", "[FILTERS] [--limit N] [--canary N] [--wait 60s] [--rate N/s] [--yes] [--json]",
     "sends dead letters back to work", esteira::cli::run_dlq_redrive},
    {"dlq purge", "[FILTERS] [--limit N] [--yes] [--json]", "throws dead letters away", esteira::cli::run_dlq_purge},
    {"help", "", "shows this", print_help},
    {"version", "", "shows the version", print_version},
};

int print_help(const Arguments&) {
  std::puts("usage: esteira COMMAND [ARGUMENTS]\n");
  for (const auto& command : kCommands) {
    const auto form = std::string(command.words) + ' ' + std::string(command.arguments);
    std::printf("  %-36s %s\n", form.c_str(), std::string(command.help).c_str());
  }
  std::puts("\nFILTERS of dead letters: --stage STAGE, --order ID, --reason TEXT, --older 1h");
  std::printf("\nSettings come from the environment:\n\n%s",
              esteira::runtime::describe_settings(esteira::runtime::kCli).c_str());
  return 0;
}

int print_version(const Arguments&) {
  std::puts("esteira " ESTEIRA_VERSION);
  return 0;
}

/// What follows the command's words, when the line begins with them.
std::optional<Arguments> arguments_after(std::string_view words, const Arguments& line) {
  auto rest = line.begin();
  while (!words.empty()) {
    const auto word = words.substr(0, words.find(' '));
    if (rest == line.end() || *rest != word) return std::nullopt;
    ++rest;
    words.remove_prefix(std::min(word.size() + 1, words.size()));
  }
  return Arguments(rest, line.end());
}

int run(Arguments line) {
  if (line.empty()) throw esteira::cli::UsageError("a command is missing; see: esteira help");
  if (line[0] == "--help" || line[0] == "-h") line[0] = "help";
  if (line[0] == "--version") line[0] = "version";
  for (const auto& command : kCommands) {
    if (const auto arguments = arguments_after(command.words, line)) return command.run(*arguments);
  }
  throw esteira::cli::UsageError("no command '" + line[0] + "'; see: esteira help");
}

}  // namespace

int main(int argc, char** argv) {
  esteira::runtime::open_standard_descriptors();
  // A server that goes away is an error to report, not a reason to die without a word.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return run({argv + 1, argv + argc});
  } catch (const esteira::cli::UsageError& error) {
    std::fprintf(stderr, "esteira: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    const std::string_view text = error.what();
    std::fprintf(stderr, "esteira: %s\n", std::string(text.substr(0, text.find('\n'))).c_str());
    return 1;
  }
}
