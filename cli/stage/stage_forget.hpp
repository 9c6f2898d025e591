#pragma once

#include "cli/cli_app.hpp"

namespace esteira::cli {

/// `esteira stage forget NAME [--discard] [--yes]`: removes a stage that has no host: its queues, their bindings and
/// its registration. Refuses while it has a host, dead letters or (without --discard) messages. Exits with 1 then. A
/// repetition after an interruption is safe.
void add_stage_forget(CLI::App& stage);

}  // namespace esteira::cli
