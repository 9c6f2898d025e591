#pragma once

#include "cli/cli_app.hpp"

namespace esteira::cli {

/// `esteira dlq collect [--stage STAGE] [--json]`: moves the messages that belong to no failed order from the
/// dead-letter queues into the database, and removes those that no order needs.
void add_dlq_collect(CLI::App& dlq);

}  // namespace esteira::cli
