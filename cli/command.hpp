#pragma once
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace esteira::cli {

using Arguments = std::vector<std::string>;

/// The command line makes no sense. what() is one line; the program ends with 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A line of the table in main.cpp.
struct Command {
  std::string_view words;      ///< "migrate", "plugin inspect"
  std::string_view arguments;  ///< as the help shows them
  std::string_view help;       ///< one line
  /// Gets what follows the words; returns the exit code. An exception ends the program with 1 and its text on stderr.
  int (*run)(const Arguments& arguments);
};

}  // namespace esteira::cli
