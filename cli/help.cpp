#include "cli/help.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "runtime/config/config.hpp"

namespace esteira::cli {
namespace {

int print_help(const CLI::App& program, const std::vector<std::string>& words) {
  const auto* command = &program;
  auto path = program.get_name();
  for (const auto& word : words) {
    const auto found = command->get_subcommands([&](const CLI::App* app) { return app->get_name() == word; });
    if (found.empty()) {
      throw UsageError(std::string("unknown command '").append(word).append("'; see: ").append(path).append(" --help"));
    }
    command = found.front();
    path.append(" ").append(word);
  }
  std::fputs(help_text(*command, path).c_str(), stdout);
  return 0;
}

std::string settings_text() { return "Settings from the environment:\n\n" + runtime::describe_settings(runtime::kCli); }

}  // namespace

void add_help(CLI::App& program) {
  const auto words = std::make_shared<std::vector<std::string>>();
  auto& help = add_command(program, "help", "Print the help of the program or of a command.",
                           [&program, words] { return print_help(program, *words); });
  help.add_option("COMMAND", *words, "The command, such as: dlq list")->option_text(" ");
  program.footer(settings_text);
}

}  // namespace esteira::cli
