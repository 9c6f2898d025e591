#include "cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <catch2/catch.hpp>
#include <vector>

namespace cli = esteira::cli;
using Catch::Contains;
using Arguments = std::vector<const char*>;

namespace {

/// A program with the command "work", which returns 7, and the group "jobs" with the command "list".
struct Program {
  std::optional<std::size_t> limit, rate;
  std::optional<std::chrono::milliseconds> timeout;
  std::string word;
  bool json = false;
  std::unique_ptr<CLI::App> app = cli::make_program();

  Program() {
    auto& work = cli::add_command(*app, "work", "Work.", [] { return 7; });
    cli::add_argument(work, "WORD", word, "A word.");
    cli::add_count(work, "--limit", limit, "Limit.");
    cli::add_count(work, "--rate", rate, "Rate.", "/s");
    cli::add_duration(work, "--timeout", timeout, "Timeout.", "60s");
    cli::add_renamed(work, "--wait", "--timeout");
    cli::add_flag(work, "--json", json, "JSON.");
    cli::add_command(cli::add_group(*app, "jobs", "Jobs."), "list", "List.", [] { return 0; });
  }

  int run(Arguments arguments) {
    arguments.insert(arguments.begin(), "esteira");
    return cli::run_command_line(*app, static_cast<int>(arguments.size()), arguments.data());
  }

  std::string error(const Arguments& arguments) {
    try {
      run(arguments);
    } catch (const cli::UsageError& error) {
      return error.what();
    }
    return "no error";
  }
};

}  // namespace

TEST_CASE("options are accepted as '--name value' and '--name=value', before and after an argument") {
  Program program;
  CHECK(program.run({"work", "--limit", "3", "word", "--timeout=2m", "--json", "--rate", "5/s"}) == 7);
  CHECK(program.limit == 3);
  CHECK(program.rate == 5);
  CHECK(program.timeout == std::chrono::minutes(2));
  CHECK(program.json);
  CHECK(program.word == "word");
}

TEST_CASE("an option that is not given has no value") {
  Program program;
  program.run({"work", "word"});
  CHECK_FALSE(program.limit);
  CHECK_FALSE(program.timeout);
  CHECK_FALSE(program.json);
}

TEST_CASE("the last value of a repeated option counts") {
  Program program;
  program.run({"work", "word", "--limit", "1", "--json", "--limit", "2", "--json"});
  CHECK(program.limit == 2);
  CHECK(program.json);
}

TEST_CASE("a usage error is one line that names the option and the remedy") {
  const auto [arguments, text] = GENERATE(table<Arguments, std::string>({
      {Arguments{}, "a command is missing; see: esteira --help"},
      {Arguments{"wrok"}, "unknown command 'wrok' (did you mean 'work'?); see: esteira --help"},
      {Arguments{"jobs", "list", "all"}, "unexpected argument 'all'; see: esteira jobs list --help"},
      {Arguments{"work"}, "the argument WORD is missing; see: esteira work --help"},
      {Arguments{"work", "word", "--limt"},
       "unknown option '--limt' (did you mean '--limit'?); see: esteira work --help"},
      {Arguments{"work", "word", "--limit"}, "--limit: a value is missing; see: esteira work --help"},
      {Arguments{"work", "word", "--limit", "0"}, "--limit: expected a whole number of at least 1, got '0'"},
      {Arguments{"work", "word", "--rate", "3x"},
       "--rate: expected a whole number of at least 1, such as 50/s, got '3x'"},
      {Arguments{"work", "word", "--wait", "3s"}, "--wait: the option is now called --timeout"},
  }));
  CHECK(Program().error(arguments) == text);
}

TEST_CASE("a wrong duration is rejected with an example") {
  CHECK_THAT(Program().error({"work", "word", "--timeout", "soon"}),
             Contains("--timeout: ") && Contains("250ms") && Contains("'soon'"));
}

TEST_CASE("the help of a command shows options with defaults and no former names") {
  const Program program;
  const auto help = cli::help_text(*program.app->get_subcommand("work"), "esteira work");
  CHECK_THAT(help, Contains("Usage: esteira work [OPTIONS] WORD") && Contains("--timeout DURATION=60s") &&
                       Contains("--rate N/s") && !Contains("--wait"));
}
