#pragma once
#include <string>
#include <vector>

namespace esteira::cli {

/// `esteira plugin inspect <name or path>`: what the plugin's descriptor says, and the settings it reads. A name is
/// looked for in ESTEIRA_PLUGIN_DIR, or here when that is not set. Returns the exit code: 0, 1 when the plugin does
/// not fit (one line on stderr says why), 2 when called wrongly.
int plugin_inspect(const std::vector<std::string>& args);

}  // namespace esteira::cli
