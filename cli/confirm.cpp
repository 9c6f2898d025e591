#include "cli/confirm.hpp"

#include <unistd.h>

#include <iostream>

#include "cli/command_line.hpp"

namespace esteira::cli {

bool confirm(const std::string& action) {
  if (::isatty(STDIN_FILENO) == 0) {
    throw UsageError("--yes: needed to " + action + ", because there is no terminal to ask for confirmation");
  }
  std::cerr << action << "? [y/N] ";
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "yes";
}

}  // namespace esteira::cli
