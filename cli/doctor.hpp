#pragma once

#include "cli/cli_app.hpp"

namespace esteira::cli {

/// `esteira doctor`: checks settings, PostgreSQL, the schema, whether orders can be written (and rolls back), RabbitMQ
/// and Redis. Exits with 1 when a check fails.
void add_doctor(CLI::App& program);

}  // namespace esteira::cli
