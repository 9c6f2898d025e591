#pragma once

namespace CLI {
class App;
}

namespace esteira::cli {

/// `esteira dlq list [filter] [--limit N] [--json]`: prints dead letters and changes nothing.
void add_dlq_list(CLI::App& dlq);

}  // namespace esteira::cli
