#include "cli/options.hpp"

#include <unistd.h>

#include <charconv>
#include <iostream>
#include <stdexcept>

#include "runtime/config/config.hpp"

namespace esteira::cli {

Options::Options(const Arguments& arguments, const Known& known) {
  for (auto argument = arguments.begin(); argument != arguments.end(); ++argument) {
    if (!argument->starts_with("--")) {
      words_.push_back(*argument);
      continue;
    }
    const auto equals = argument->find('=');
    const auto name = argument->substr(0, equals);
    if (known.flags.contains(name) && equals == std::string::npos) {
      given_[name] = "";
    } else if (!known.valued.contains(name)) {
      throw UsageError("no option '" + *argument + "'; see: esteira help");
    } else if (equals != std::string::npos) {
      given_[name] = argument->substr(equals + 1);
    } else if (++argument != arguments.end()) {
      given_[name] = *argument;
    } else {
      throw UsageError(name + ": a value is missing");
    }
  }
  if (words_.size() > known.words) throw UsageError("'" + words_[known.words] + "' is too much; see: esteira help");
  if (words_.size() < known.words) throw UsageError("an argument is missing; see: esteira help");
}

std::optional<std::string> Options::text(std::string_view name) const {
  const auto found = given_.find(name);
  return found == given_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::size_t> Options::number(std::string_view name) const {
  auto given = text(name);
  if (!given) return std::nullopt;
  if (given->ends_with("/s")) given->resize(given->size() - 2);
  std::size_t number = 0;
  const auto* const last = given->data() + given->size();
  const auto [end, error] = std::from_chars(given->data(), last, number);
  if (error != std::errc{} || end != last || number == 0) {
    throw UsageError(std::string(name) + ": should be a whole number from 1");
  }
  return number;
}

std::optional<std::chrono::milliseconds> Options::duration(std::string_view name) const {
  const auto given = text(name);
  if (!given) return std::nullopt;
  try {
    return runtime::parse_duration(*given);
  } catch (const std::invalid_argument& fault) {
    throw UsageError(std::string(name) + ": " + fault.what());
  }
}

bool confirmed(const Options& options, const std::string& question) {
  if (options.has("--yes")) return true;
  if (::isatty(STDIN_FILENO) == 0) throw UsageError(question + "? There is no terminal to ask on: add --yes");
  std::cerr << question << "? [y/N] ";
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "yes";
}

}  // namespace esteira::cli
