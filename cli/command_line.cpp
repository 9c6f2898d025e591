#include "cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <memory>
#include <utility>
#include <vector>

#include "runtime/config/closest_name.hpp"
#include "runtime/config/config.hpp"

namespace esteira::cli {
namespace {

std::size_t parse_count(const std::string& option, const std::string& text, const std::string& unit) {
  auto digits = text;
  if (!unit.empty() && digits.ends_with(unit)) digits.resize(digits.size() - unit.size());
  std::size_t number = 0;
  const auto* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, number);
  if (error != std::errc{} || end != last || number == 0) {
    const auto example = unit.empty() ? std::string() : ", such as 50" + unit;
    throw UsageError(option + ": expected a whole number of at least 1" + example + ", got '" + text + "'");
  }
  return number;
}

/// The most specific command that was recognised, and how it is typed.
std::pair<const CLI::App*, std::string> chosen_command(const CLI::App& program) {
  const auto* command = &program;
  auto path = program.get_name();
  for (auto parsed = command->get_subcommands(); !parsed.empty(); parsed = command->get_subcommands()) {
    command = parsed.back();
    path += ' ' + command->get_name();
  }
  return {command, path};
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* option : command.get_options()) {
    if (!option->get_group().empty() && !option->get_positional()) names.push_back(option->get_name());
  }
  return names;
}

std::vector<std::string> command_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* subcommand : command.get_subcommands({})) names.push_back(subcommand->get_name());
  return names;
}

std::string unexpected(const CLI::App& command, const std::string& word) {
  const bool is_option = word.starts_with("-");
  const auto known = is_option ? option_names(command) : command_names(command);
  const auto closest = runtime::closest_name(word.substr(0, word.find('=')), known);
  const auto* const kind = is_option ? "unknown option" : known.empty() ? "unexpected argument" : "unknown command";
  return std::string(kind) + " '" + word + "'" + (closest.empty() ? "" : " (did you mean '" + closest + "'?)");
}

/// What is wrong, in our words: CLI11's own texts speak of subcommands and give no remedy.
std::string explain(const CLI::ParseError& error, const CLI::App& program, const CLI::App& command) {
  const auto extras = program.remaining(true);
  const auto what = std::string(error.what());
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    return what.substr(0, what.find(':')) + ": a value is missing";
  }
  if (!extras.empty()) return unexpected(command, extras.front());
  if (dynamic_cast<const CLI::RequiredError*>(&error) == nullptr) return what.substr(0, what.find('\n'));
  if (!command_names(command).empty()) return "a command is missing";
  return "the argument " + what.substr(0, what.find(' ')) + " is missing";
}

/// `esteira dlq`: whoever types it asks what there is.
bool is_bare_group(const CLI::ParseError& error, const CLI::App& program, const CLI::App& command) {
  return &command != &program && !command_names(command).empty() && program.remaining(true).empty() &&
         dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
}

}  // namespace

std::unique_ptr<CLI::App> make_program() {
  auto program =
      std::make_unique<CLI::App>("Sets up, checks and repairs an installation of Esteira.", std::string("esteira"));
  constexpr std::size_t kColumn = 34;
  program->get_formatter()->column_width(kColumn);
  program->get_formatter()->label("SUBCOMMAND", "COMMAND");
  program->get_formatter()->label("Positionals", "Arguments");
  program->set_help_flag("-h,--help", "Print this help and exit.");
  program->set_version_flag("--version", "esteira " ESTEIRA_VERSION, "Print the version and exit.");
  program->require_subcommand(1);
  return program;
}

CLI::App& add_group(CLI::App& parent, const std::string& name, const std::string& sentence) {
  auto& command = *parent.add_subcommand(name, sentence);
  command.group("Commands");
  command.require_subcommand(1);
  return command;
}

CLI::App& add_command(CLI::App& parent, const std::string& name, const std::string& sentence, Action action) {
  auto& command = *parent.add_subcommand(name, sentence);
  command.group("Commands");
  command.require_subcommand(0);
  command.callback([action = std::move(action)] {
    if (const int code = action(); code != 0) throw CLI::RuntimeError(code);
  });
  return command;
}

void add_argument(CLI::App& command, const std::string& placeholder, std::string& value, const std::string& help) {
  command.add_option(placeholder, value, help)->required()->option_text(" ");
}

void add_flag(CLI::App& command, const std::string& name, bool& value, const std::string& help) {
  command.add_flag(name, value, help);
}

void add_text(CLI::App& command, const std::string& name, const std::string& placeholder,
              std::optional<std::string>& value, const std::string& help) {
  add_option(command, name, placeholder, help, [&value](const std::string& text) { value = text; });
}

void add_option(CLI::App& command, const std::string& name, const std::string& placeholder, const std::string& help,
                const std::function<void(const std::string&)>& parse) {
  command.add_option_function<std::string>(name, parse, help)->type_name(placeholder)->take_last();
}

void add_count(CLI::App& command, const std::string& name, std::optional<std::size_t>& value, const std::string& help,
               const std::string& unit) {
  add_option(command, name, "N" + unit, help,
             [&value, name, unit](const std::string& text) { value = parse_count(name, text, unit); });
}

void add_duration(CLI::App& command, const std::string& name, std::optional<std::chrono::milliseconds>& value,
                  const std::string& help, const std::string& shown_default) {
  const auto parse = [&value, name](const std::string& text) {
    try {
      value = runtime::parse_duration(text);
    } catch (const std::invalid_argument& error) {
      throw UsageError(name + ": " + error.what() + ", got '" + text + "'");
    }
  };
  command.add_option_function<std::string>(name, parse, help)
      ->type_name("DURATION")
      ->default_str(shown_default)
      ->take_last();
}

void add_renamed(CLI::App& command, const std::string& old_name, const std::string& new_name) {
  const auto reject = [old_name, new_name](const std::vector<std::string>&) {
    throw UsageError(old_name + ": the option is now called " + new_name);
  };
  command.add_option_function<std::vector<std::string>>(old_name, reject)->expected(0, 1)->group("");
}

std::string help_text(const CLI::App& command, const std::string& path) {
  auto text = command.get_formatter()->make_help(&command, path, CLI::AppFormatMode::Normal);
  text.erase(text.find_last_not_of('\n') + 1);
  return text + '\n';
}

int run_command_line(CLI::App& program, int argc, const char* const* argv) {
  try {
    program.parse(argc, argv);
    return 0;
  } catch (const CLI::RuntimeError& result) {
    return result.get_exit_code();
  } catch (const CLI::CallForHelp&) {
    const auto [command, path] = chosen_command(program);
    std::fputs(help_text(*command, path).c_str(), stdout);
    return 0;
  } catch (const CLI::CallForVersion& version) {
    std::puts(version.what());
    return 0;
  } catch (const CLI::ParseError& error) {
    const auto [command, path] = chosen_command(program);
    if (is_bare_group(error, program, *command)) {
      std::fputs(help_text(*command, path).c_str(), stdout);
      return 0;
    }
    throw UsageError(explain(error, program, *command) + "; see: " + path + " --help");
  }
}

}  // namespace esteira::cli
