#pragma once
#include "cli/command.hpp"

namespace esteira::cli {

int run_migrate(const Arguments& arguments);

}  // namespace esteira::cli
