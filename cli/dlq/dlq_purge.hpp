#pragma once

namespace CLI {
class App;
}

namespace esteira::cli {

/// `esteira dlq purge [filter] [--limit N] [--yes] [--json]`: removes dead letters for good. Exits with 1 when the user
/// does not confirm.
void add_dlq_purge(CLI::App& dlq);

}  // namespace esteira::cli
