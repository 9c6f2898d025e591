#pragma once

namespace CLI {
class App;
}

namespace esteira::cli {

/// `esteira dlq show ID [--stage STAGE] [--json]`: prints the dead letters of an order or of a message id, with their
/// bodies. Exits with 1 when there is none.
void add_dlq_show(CLI::App& dlq);

}  // namespace esteira::cli
