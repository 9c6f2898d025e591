#include "cli/completion.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "cli/command_line.hpp"

namespace esteira::cli {
namespace {

constexpr const char* kBegin = R"(# bash completion for esteira; printed by: esteira completion bash
_esteira() {
  local word command=esteira words= previous=${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$command $word" in
)";
constexpr const char* kMiddle = R"(    esac
  done
  case "$command $previous" in
)";
constexpr const char* kEnd = R"(  esac
  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _esteira esteira
)";

/// What a script for bash is made of: one line for each command in each part.
struct Script {
  std::string commands;  ///< recognises the command that was typed
  std::string values;    ///< an option that takes a value: nothing is offered, so that bash completes file names
  std::string words;     ///< what may follow a command: its subcommands and options
};

void add_to(Script& script, const CLI::App& command, const std::string& path) {
  std::string words;
  for (const auto* subcommand : command.get_subcommands({})) {
    const auto longer = std::string(path).append(" ").append(subcommand->get_name());
    words.append(" ").append(subcommand->get_name());
    script.commands.append("    '").append(longer).append("') command='").append(longer).append("' ;;\n");
    add_to(script, *subcommand, longer);
  }
  for (const auto* option : command.get_options()) {
    if (option->get_group().empty() || option->get_positional()) continue;
    words.append(" ").append(option->get_name());
    if (option->get_expected_min() == 0) continue;
    script.values.append("  '").append(path).append(" ").append(option->get_name()).append("') return ;;\n");
  }
  script.words.append("  '").append(path).append("') words='").append(words.substr(1)).append("' ;;\n");
}

int print_bash(const CLI::App& program) {
  Script script;
  add_to(script, program, program.get_name());
  const auto text =
      kBegin + script.commands + kMiddle + script.values + "  esac\n  case $command in\n" + script.words + kEnd;
  std::fputs(text.c_str(), stdout);
  return 0;
}

}  // namespace

void add_completion(CLI::App& program) {
  auto& completion = add_group(program, "completion", "Print a script for shell completion.");
  add_command(completion, "bash", "Print the script for bash; load it with: source <(esteira completion bash)",
              [&program] { return print_bash(program); });
}

}  // namespace esteira::cli
