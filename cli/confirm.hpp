#pragma once
#include <string>

namespace esteira::cli {

/// Asks on the terminal whether to do `action` ("redrive 5 dead letters"); true for "y" or "yes". Throws UsageError
/// when stdin is not a terminal: `--yes` is the way to confirm there.
bool confirm(const std::string& action);

}  // namespace esteira::cli
