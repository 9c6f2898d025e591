#include <catch2/catch.hpp>
#include <string>

#include "tests/support/process.hpp"

namespace {

/// What bash offers for the last of these words, separated by spaces. The script is sourced from the program.
std::string complete(const std::string& words) {
  const std::string script = "source <('" ESTEIRA_CLI "' completion bash) && COMP_WORDS=(" + words +
                             "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _esteira; printf '%s ' \"${COMPREPLY[@]}\"";
  esteira::test::Process bash("/bin/bash", {"-c", script}, {{"PATH", "/usr/bin:/bin"}});
  CHECK(bash.wait() == 0);
  return bash.output();
}

}  // namespace

TEST_CASE("bash completes commands, subcommands and options") {
  const auto [words, offered] = GENERATE(table<std::string, std::string>({
      {"esteira mi", "migrate "},
      {"esteira dlq ''", "list show redrive give-up purge collect --help "},
      {"esteira dlq redrive --can", "--canary --canary-timeout "},
      {"esteira dlq list --json --li", "--limit "},
      {"esteira dlq list --limit 3 --older", "--older-than "},
      {"esteira audit --s", " "},
  }));
  CHECK(complete(words) == offered);
}

TEST_CASE("bash completes file names after an option with a value") {
  // With an empty answer, 'complete -o default' falls back to file names.
  CHECK(complete("esteira migrate --dir ''") == " ");
}
