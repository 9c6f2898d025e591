#pragma once

#include "cli/cli_app.hpp"

namespace esteira::cli {

/// `esteira claim`: marks the broker's exchange as belonging to the installation of the database.
void add_claim(CLI::App& program);

}  // namespace esteira::cli
