#pragma once
#include "cli/command.hpp"

namespace esteira::cli {

int run_doctor(const Arguments& arguments);

}  // namespace esteira::cli
