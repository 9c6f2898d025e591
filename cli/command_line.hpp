#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "cli/cli_app.hpp"

// The command line is a tree of CLI::App: the program, its commands, their subcommands. A command is a function
// add_<command>(CLI::App& program) in a file pair of its own; main.cpp calls it.

namespace esteira::cli {

/// The command line or the environment is wrong. what() is one line that names the cause; the program exits with 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Runs a command whose options were parsed; returns the exit code. An exception ends the program: UsageError with 2,
/// any other with 1. Its text is printed on stderr.
using Action = std::function<int()>;

/// The root of the tree, without commands.
std::unique_ptr<CLI::App> make_program();

/// Adds a command. `sentence` describes it in `--help`.
CLI::App& add_command(CLI::App& parent, const std::string& name, const std::string& sentence, Action action);

/// Adds a command that consists of subcommands; the caller adds them. Typed alone it prints its help.
CLI::App& add_group(CLI::App& parent, const std::string& name, const std::string& sentence);

// Options of a command. The referenced value is set while the command line is parsed and must live until then; the last
// value counts when an option is given repeatedly. A wrong value throws UsageError, which names the option and the
// expected form.

/// A required argument without a name; `placeholder` names it in the usage line.
void add_argument(CLI::App& command, const std::string& placeholder, std::string& value, const std::string& help);
void add_flag(CLI::App& command, const std::string& name, bool& value, const std::string& help);
void add_text(CLI::App& command, const std::string& name, const std::string& placeholder,
              std::optional<std::string>& value, const std::string& help);
/// An option with a value of any form: `parse` gets its text, and throws UsageError when it is wrong.
void add_option(CLI::App& command, const std::string& name, const std::string& placeholder, const std::string& help,
                const std::function<void(const std::string&)>& parse);
/// A whole number from 1. `unit` may follow the number: with "/s", "5/s" is 5.
void add_count(CLI::App& command, const std::string& name, std::optional<std::size_t>& value, const std::string& help,
               const std::string& unit = {});
/// A duration such as 250ms, 60s or 1h. `shown_default` is the default as the help shows it.
void add_duration(CLI::App& command, const std::string& name, std::optional<std::chrono::milliseconds>& value,
                  const std::string& help, const std::string& shown_default = {});
/// Rejects the former name of an option with an error that contains its new name. `--help` does not show it.
void add_renamed(CLI::App& command, const std::string& old_name, const std::string& new_name);

/// Parses the arguments, runs the action of the chosen command and returns the exit code. `--help` and `--version`
/// print and return 0. Throws UsageError, and what the action throws.
int run_command_line(CLI::App& program, int argc, const char* const* argv);

/// The help text of a command, or of the program. `path` is the command as it is typed: "esteira dlq list".
std::string help_text(const CLI::App& command, const std::string& path);

}  // namespace esteira::cli
