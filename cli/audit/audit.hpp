#pragma once
#include "cli/command.hpp"

namespace esteira::cli {

/// `audit [--settle 60s] [--repair] [--json]`: whether every order is what it should be and on its way. Safe while all
/// runs. 0 clean, 1 findings, 2 wrong settings, 3 PostgreSQL or RabbitMQ away.
int run_audit(const Arguments& arguments);

}  // namespace esteira::cli
